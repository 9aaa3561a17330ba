import { t } from "../i18n/language";

// Browsers say what is wrong with a field in their own language; here it is said in the chosen one.

function told(field: HTMLInputElement): string {
  field.setCustomValidity("");
  if (field.validity.valueMissing) return t("field.missing");
  return field.validity.badInput ? t("field.number") : field.validationMessage;
}

addEventListener(
  "invalid",
  ({ target }) => {
    if (target instanceof HTMLInputElement) target.setCustomValidity(told(target));
  },
  true,
);

addEventListener(
  "input",
  ({ target }) => {
    if (target instanceof HTMLInputElement) target.setCustomValidity("");
  },
  true,
);
