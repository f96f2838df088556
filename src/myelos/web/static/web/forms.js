// Small helps on forms; every one of them works without this file.
"use strict";
(() => {
  // A scanner ends what it read with Enter: that goes on to the next field and records nothing.
  document.addEventListener("keydown", event => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    const form = field.closest("form.ask");
    if (!form || field.type === "password" || field.type === "hidden") return;
    event.preventDefault();
    const fields = [...form.elements].filter(each => each.tabIndex >= 0 && each.type !== "hidden" && !each.disabled
      && each.tagName !== "FIELDSET" && (each.type !== "radio" || each.checked || each.name !== field.name));
    fields[fields.indexOf(field) + 1]?.focus();
  });
  // What is wrong is read first.
  document.querySelector(".summary")?.focus();
  let typed = {};
  // Digits choose among numbered chips, and go on to the next item; 1 waits where there is a 10 as well.
  document.addEventListener("keydown", event => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.type !== "radio" || !/^[0-9]$/.test(event.key)) return;
    const same = [...document.getElementsByName(field.name)];
    const before = typed.name === field.name && event.timeStamp - typed.at < 1200 ? typed.text : "";
    const chosen = same.find(each => each.value === before + event.key) ?? same.find(each => each.value === event.key);
    if (!chosen) return;
    event.preventDefault();
    typed = { name: field.name, text: chosen.value, at: event.timeStamp };
    chosen.checked = true;
    chosen.focus();
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
    if (same.some(each => each.value.length > chosen.value.length && each.value.startsWith(chosen.value))) return;
    const radios = [...document.querySelectorAll("form.ask input[type=radio]")];
    const next = radios[radios.indexOf(same.at(-1)) + 1];
    if (next) ([...document.getElementsByName(next.name)].find(each => each.checked) ?? next).focus();
  });
  // Sent once: the button rests until the answer comes.
  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("form.ask")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form.ask").forEach(form => delete form.dataset.sent));
})();
