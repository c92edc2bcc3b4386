// What every page does beyond HTML: progress, dialogs, menus, toasts, quantities, focus. No words stand here: they come
// translated from <template id="texts"> in skeleton.html.
"use strict";
(() => {
  const texts = () => document.getElementById("texts").dataset;

  // --- Progress: only what takes longer than a second is worth a sign.
  let running = 0;
  let timer = null;
  const busy = (step) => {
    running = Math.max(0, running + step);
    if (running && timer === null) {
      timer = setTimeout(() => { document.getElementById("busy").hidden = false; }, 1000);
    } else if (!running && timer !== null) {
      clearTimeout(timer);
      timer = null;
      document.getElementById("busy").hidden = true;
    }
  };
  // What asks again by itself rests while nobody looks, and shows no sign of work.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-live]")) busy(1);
    else if (document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (!event.target.matches("[data-live]")) busy(-1); });
  window.addEventListener("pageshow", () => busy(-running));

  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

  // --- Tabs that a phone has no room for start at the one where one is.
  const here = document.querySelector(".tabs [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - here.parentElement.clientWidth / 2;

  // --- Confirm dialogs: hx-confirm on htmx requests, data-confirm on plain forms and their buttons.
  const ask = (question) => new Promise((resolve) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("p").textContent = question;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-post], [hx-get], [hx-put], [hx-delete]")) return;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && form.dataset.confirmed !== "yes") {
      event.preventDefault();
      ask(question).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter);
      });
      return;
    }
    if (form.dataset.sent === "yes") { event.preventDefault(); return; } // a second click orders nothing twice
    if (form.method === "post") form.dataset.sent = "yes";
    busy(1);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; delete form.dataset.confirmed; });
  });

  // --- Menus are <details data-menu>: one open at a time, closed by Escape and by a click elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // --- Toasts: what failed, in words, until closed; good news leaves by itself.
  const toast = (text, level) => {
    const box = document.createElement("div");
    box.className = `toast-line ${level}`;
    if (level === "error") box.setAttribute("role", "alert");
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", texts().close);
    close.addEventListener("click", () => box.remove());
    box.append(words, close);
    document.getElementById("toasts").append(box);
    if (level !== "error") setTimeout(() => box.remove(), 6000);
  };
  const reason = (request) => {
    if ((request.getResponseHeader("Content-Type") || "").includes("json")) {
      try {
        const problem = JSON.parse(request.responseText);
        if (problem.detail || problem.title) return problem.detail || problem.title;
      } catch { /* not a problem document: fall through to the words for the status */ }
    }
    return texts()[`status-${request.status}`] || texts()["status-500"];
  };
  document.addEventListener("htmx:responseError", (event) => toast(reason(event.detail.xhr), "error"));
  document.addEventListener("htmx:sendError", () => toast(texts().offline, "error"));
  document.addEventListener("htmx:timeout", () => toast(texts().offline, "error"));
  // A view sends HX-Trigger: {"toast": {"text": "…", "level": "success"}}.
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level || "success"));

  // --- Quantities: in steps of the order multiple, by buttons, arrows and typing; Enter goes to the next line.
  const settle = (input) => {
    const step = Number(input.step) || 1;
    const low = input.min === "" ? -Infinity : Number(input.min);
    const high = input.max === "" ? Infinity : Math.floor(Number(input.max) / step) * step;
    const typed = Number(input.value);
    const value = Number.isFinite(typed) ? Math.ceil(typed / step) * step : low;
    input.value = String(Math.min(high, Math.max(low, value)));
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stepper] button");
    if (!button) return;
    const input = button.closest("[data-stepper]").querySelector("input");
    const before = input.value;
    if (button.classList.contains("stepper-up")) input.stepUp(); else input.stepDown();
    settle(input);
    if (input.value === before) return;
    // Several quick taps are one change.
    clearTimeout(input.pending);
    input.pending = setTimeout(() => input.dispatchEvent(new Event("change", { bubbles: true })), 350);
  });
  document.addEventListener("change", (event) => {
    // What is typed as it is, the server rounds, and says why.
    if (event.target.matches("[data-stepper] input:not([data-typed])")) settle(event.target);
  }, true);
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-stepper] input")) event.target.select();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-stepper] input")) return;
    event.preventDefault();
    const all = [...document.querySelectorAll("[data-stepper] input")];
    const next = all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (next) next.focus(); else event.target.blur();
  });

  // --- Entries one after the other, as a scanner types them: a row that was sent leaves room for the next.
  document.addEventListener("htmx:beforeSend", (event) => {
    const form = event.target;
    if (!form.matches("form[data-entry]")) return;
    form.reset();
    form.querySelector("input:not([type=hidden])").focus();
  });

  // --- Focus survives a swap: what has the same id, or the same name or class inside the same row, has it again.
  let held = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const at = document.activeElement;
    if (!at || at === document.body) { held = null; return; }
    const name = at.getAttribute("name");
    held = {
      id: at.id,
      place: at.parentElement.closest("[id]")?.id,
      selector: name ? `[name="${CSS.escape(name)}"]` : [...at.classList].map((one) => `.${CSS.escape(one)}`).join(""),
    };
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!held || (document.activeElement && document.activeElement !== document.body)) return;
    const place = held.place && document.getElementById(held.place);
    const again = (held.id && document.getElementById(held.id)) || (place && held.selector && place.querySelector(held.selector));
    if (again) again.focus({ preventScroll: true });
  });
})();
