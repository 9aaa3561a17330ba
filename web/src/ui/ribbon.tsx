import type { Link } from "../feed/link";
import { t } from "../i18n/language";

/** Says on every screen that nothing here is real, when the server says so. */
export function Ribbon({ link }: { link: Link }) {
  const hello = link.hello.value;
  return hello?.simulated || hello?.demo ? <Band /> : null;
}

/** The band itself, for pages without a feed. */
export function Band() {
  return (
    <p class="ribbon" role="note">
      <span>{t("simulated")}</span>
    </p>
  );
}
