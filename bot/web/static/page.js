// The page works without this script; with it, answers appear without loading the page anew.
"use strict";

const log = document.getElementById("log");
const alertLine = document.getElementById("alert");
const spokenLine = document.getElementById("spoken");
const RECENT_MS = 3000;

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

function say(sentence) {
  if (!alertLine) return;
  alertLine.textContent = sentence;
  alertLine.hidden = !sentence;
}

function speak(words) {
  if (spokenLine && words && spokenLine.textContent !== words) spokenLine.textContent = words;
}

// Replace an element; the button in it that has the focus keeps it.
function swap(old, fresh) {
  const focused = old.contains(document.activeElement) && document.activeElement.value;
  old.replaceWith(fresh);
  if (focused) [...fresh.querySelectorAll("button")].find((button) => button.value === focused)?.focus();
}

// The newest article is kept in view while it grows, until the reader scrolls.
let followed = "";
for (const event of ["wheel", "touchmove", "keydown", "mousedown"]) {
  addEventListener(event, (happened) => { if (happened.target.name !== "line") followed = ""; }, { passive: true });
}

// Replace the element with the same id, or add the article to the end of the log.
function place(html) {
  const fresh = parsed(html);
  const old = document.getElementById(fresh.id);
  if (!old) {
    document.getElementById("welcome")?.remove();
    log.append(fresh);
    followed = fresh.id;
    fresh.scrollIntoView({ block: "start" });
    return;
  }
  const opened = old.querySelector("details.epochs")?.open;
  swap(old, fresh);
  const table = fresh.querySelector("details.epochs");
  if (table && opened !== undefined && fresh.dataset.state === "running") table.open = opened;
  if (fresh.id === followed) fresh.scrollIntoView({ block: "start" });
}

// Forms --------------------------------------------------------------------------------------------------------------
let sentPicture = { name: "", at: 0 };

async function send(form, button) {
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  const picture = data.get("image");
  if (picture instanceof File && picture.name) {
    const name = `${picture.name} ${picture.size} ${picture.lastModified}`;
    if (sentPicture.name === name && Date.now() - sentPicture.at < RECENT_MS) return; // chosen, then sent once more
    sentPicture = { name, at: Date.now() };
  }
  form.setAttribute("aria-busy", "true");
  say("");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Live": "1" } });
    const text = await answer.text();
    if (answer.status === 401) location.assign("/");
    if (!answer.ok) {
      say(text);
      sentPicture.at = 0;
      return;
    }
    if (text) place(text);
    if (form.id === "composer") form.reset();
    if (picture) form.querySelector("[type=file]").value = "";
  } catch {
    say(log.dataset.lost);
    sentPicture.at = 0;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-live]") || !log) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

// Pictures: chosen, dropped or pasted --------------------------------------------------------------------------------
const image = document.getElementById("image");

function classify(files) {
  if (files !== image.files) image.files = files;
  if (image.files.length) image.form.requestSubmit();
}

if (image) {
  image.addEventListener("change", () => classify(image.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer?.files.length) classify(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) classify(event.clipboardData.files);
  });
}

const large = document.getElementById("large");
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.picture");
  if (!link || !large) return;
  event.preventDefault();
  const shown = large.querySelector("img");
  shown.src = link.href;
  shown.alt = link.querySelector("img").alt;
  large.showModal();
});

// Events -------------------------------------------------------------------------------------------------------------
let pause_ms = 500;

function listen() {
  const articles = log ? [...log.querySelectorAll("article")] : [];
  const open = articles.filter((one) => ["queued", "running"].includes(one.dataset.state)).map((one) => one.id.slice(1));
  const newest = Math.max(0, ...articles.map((one) => Number(one.id.slice(1))));
  const source = new EventSource(`/events?after=${newest}&open=${open.join(",")}`);
  source.addEventListener("open", () => {
    pause_ms = 500;
    document.body.classList.remove("lost");
  });
  source.addEventListener("article", (event) => {
    if (!log) return;
    const data = JSON.parse(event.data);
    const known = document.getElementById(data.id);
    place(data.html);
    if (known) speak(data.spoken); // the log speaks new articles
  });
  source.addEventListener("part", (event) => {
    const data = JSON.parse(event.data);
    const old = document.getElementById(data.id);
    if (!old) return;
    const fresh = parsed(data.html);
    if (old.matches("details")) fresh.open = old.open;
    swap(old, fresh);
  });
  source.addEventListener("reload", () => location.reload());
  source.addEventListener("error", () => {
    source.close();
    document.body.classList.add("lost");
    setTimeout(listenAgain, pause_ms);
    pause_ms = Math.min(5000, 2 * pause_ms);
  });
}

// Whoever was removed from the class gets the way in, not a page that tries for ever.
async function listenAgain() {
  const answer = await fetch("/", { method: "HEAD" }).catch(() => null);
  if (answer?.status === 401) location.assign("/");
  else listen();
}

if (matchMedia("(max-width: 60rem)").matches) document.getElementById("steps-menu")?.removeAttribute("open");
if (!location.hash) log?.querySelector("article:last-of-type")?.scrollIntoView({ block: "start" });
listen();
