"""The words of the citizen's pages."""

from __future__ import annotations

from ioc.core.text import Text

WORDS: dict[str, Text] = {
    "title": Text("Phản ánh hiện trường", "Report a problem"),
    "not_emergency": Text("Đây không phải kênh khẩn cấp", "This is not an emergency channel"),
    "call_now": Text("Có người gặp nguy hiểm? Gọi ngay:", "Is anyone in danger? Call now:"),
    "call_112": Text("112 Tìm kiếm cứu nạn", "112 Search and rescue"),
    "call_113": Text("113 Công an", "113 Police"),
    "call_114": Text("114 Cháy, cứu hộ", "114 Fire and rescue"),
    "call_115": Text("115 Cấp cứu", "115 Ambulance"),
    "what": Text("Việc gì đang xảy ra?", "What is the problem?"),
    "what_hint": Text(
        "Không ghi tên, số điện thoại của người khác.", "Please leave out other people's names and numbers."
    ),
    "kind": Text("Loại phản ánh", "Kind of problem"),
    "unsure": Text("Tôi không chắc", "I am not sure"),
    "photo": Text("Ảnh (tuỳ chọn)", "Photo (optional)"),
    "photo_hint": Text(
        "JPEG, PNG hoặc WebP, tối đa 10 MB. Vị trí và thông tin máy trong ảnh được xoá bỏ.",
        "JPEG, PNG or WebP, up to 10 MB. Location and device data inside the photo are removed.",
    ),
    "photo_pick": Text(
        "Bấm vào ô dưới đây để chụp hoặc chọn ảnh; không có ảnh thì bỏ qua.",
        "Tap the box below to take or choose a photo; leave it if you have none.",
    ),
    "photo_again": Text("Nếu đã chọn ảnh, hãy chọn lại.", "If you had chosen a photo, choose it again."),
    "where": Text("Ở đâu?", "Where is it?"),
    "address": Text("Địa chỉ hoặc mô tả vị trí", "Address or description of the place"),
    "use_gps": Text("Lấy vị trí của tôi", "Use my position"),
    "gps_found": Text("Đã lấy vị trí, sai số khoảng {m} m", "Position taken, within about {m} m"),
    "gps_failed": Text("Không lấy được vị trí, hãy ghi địa chỉ", "No position; please write the address"),
    "no_place": Text(
        "Không rõ vị trí cũng gửi được: trung tâm sẽ xem và tìm hiểu.",
        "You can send without a place: a person will look into it.",
    ),
    "contact": Text("Liên hệ (tuỳ chọn)", "Contact (optional)"),
    "last_name": Text("Họ", "Family name"),
    "first_name": Text("Tên", "Given name"),
    "phone": Text("Điện thoại", "Phone"),
    "email": Text("Thư điện tử", "E-mail"),
    "notice_title": Text("Dữ liệu cá nhân", "Your data"),
    "notice": Text(
        "Nội dung, ảnh và liên hệ của bạn được mã hoá, chỉ cán bộ trực có thẩm quyền xem khi xử lý và mỗi lần xem đều "
        "được ghi lại. Chỉ phần đã được kiểm tra mới có thể công khai, không kèm liên hệ, vị trí làm tròn khoảng 50 m. "
        "Bạn có thể yêu cầu xem, sửa hoặc xoá dữ liệu của mình.",
        "Your text, photo and contact are encrypted; only authorised operators see them to deal with the report, and "
        "every look is recorded. Only what a person has checked may be published, without contact and with the place "
        "rounded to about 50 m. You may ask to see, correct or erase your data.",
    ),
    "notice_version": Text("Bản {version}", "Version {version}"),
    "accept": Text("Tôi đã đọc và đồng ý", "I have read this and agree"),
    "send": Text("Gửi phản ánh", "Send the report"),
    "mistakes": Text("Chưa gửi được, hãy xem lại:", "Not sent yet, please check:"),
    "sent": Text("Đã gửi. Cảm ơn bạn!", "Sent. Thank you!"),
    "keep_link": Text(
        "Lưu liên kết hoặc mã này để theo dõi. Ai có mã đều xem được trạng thái.",
        "Keep this link or code to follow the report. Anyone who has it can see the status.",
    ),
    "code": Text("Mã theo dõi", "Status code"),
    "number": Text("Phản ánh {number}", "Report {number}"),
    "status": Text("Trạng thái", "Status"),
    "due": Text("Hạn xử lý", "Due by"),
    "received": Text("Tiếp nhận lúc", "Received at"),
    "place": Text("Khu vực", "Area"),
    "place_unknown": Text("Chưa rõ vị trí", "Place unknown"),
    "timeline": Text("Diễn biến", "History"),
    "updates": Text("Trang tự cập nhật.", "This page updates by itself."),
    "maybe_same": Text(
        "Có thể đã có người báo cùng việc này: {numbers}. Trung tâm sẽ xem cùng nhau.",
        "Others may have reported the same: {numbers}. They will be looked at together.",
    ),
    "rate": Text("Bạn đánh giá kết quả thế nào?", "How do you rate the outcome?"),
    "rate_1": Text("1 – Rất kém", "1 – Very poor"),
    "rate_2": Text("2 – Kém", "2 – Poor"),
    "rate_3": Text("3 – Được", "3 – Fair"),
    "rate_4": Text("4 – Tốt", "4 – Good"),
    "rate_5": Text("5 – Rất tốt", "5 – Very good"),
    "rate_send": Text("Gửi đánh giá", "Send rating"),
    "rated": Text("Bạn đã đánh giá {rating}/5", "You rated {rating}/5"),
    "another": Text("Gửi phản ánh khác", "Send another report"),
    "back": Text("Quay lại", "Back"),
    "follow": Text("Theo dõi phản ánh đã gửi", "Follow a report you sent"),
    "open_status": Text("Xem trạng thái", "See the status"),
    "language": Text("Ngôn ngữ", "Language"),
    "simulated": Text("DỮ LIỆU MÔ PHỎNG", "SIMULATED DATA"),
}
