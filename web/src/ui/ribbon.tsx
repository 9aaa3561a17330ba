import type { Link } from "../feed/link";
import { t } from "../i18n/language";

/** Says on every screen that nothing here is real, when the server says so. */
export function Ribbon({ link }: { link: Link }) {
  const hello = link.hello.value;
  if (!hello?.simulated && !hello?.demo) return null;
  return (
    <p class="ribbon" role="note">
      <span>{t("simulated")}</span>
    </p>
  );
}
