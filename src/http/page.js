// Asks for the report every two seconds and draws one row per queue, worst first.
//
// Names come from events, so anyone who can make an event can choose them: they are set as text, never as markup.
// Rows are kept and changed in place, so that nothing flickers, and a page that is open for months does not grow.
// Time is measured by performance.now(), since a wallboard's own clock is often wrong.
// The address may hold: ?queue=a,b (only these), ?window=5m or #5m, ?theme=dark or light.
"use strict";

const POLL_MS = 2000;
const ANSWER_MS = 8000; // after this the question is put again
const STALE_MS = 10000; // figures older than this are not "now"
const TICK_MS = 500;
const AGED_S = 60; // figures that are at least this old have their age beside them
const AT_RISK = 0.05; // this far below its target a queue is at risk, farther it is in breach
const ROUNDING = 1e-9; // 0.80 - 0.05 is not 0.75 in floats

const STATES = {
  breach: { icon: "✕", word: "BREACH" },
  risk: { icon: "▲", word: "AT RISK" },
  ok: { icon: "✓", word: "OK" },
  none: { icon: "○", word: "NO DATA" },
};

const MISSED = {
  critical: { icon: "✕", word: "CRITICAL", look: "breach" },
  warning: { icon: "▲", word: "WARNING", look: "risk" },
};

const address = new URLSearchParams(location.search);
const byId = (id) => document.getElementById(id);
const rows = new Map(); // queue name → its row
let total;
let windows = []; // as the service has them, but for "all"
let report; // the last one
let arrived = 0; // when its figures came, by performance.now()
let failure = ""; // why the last question had no answer
let call = new AbortController();
let timer;

async function poll() {
  clearTimeout(timer);
  call.abort();
  const mine = (call = new AbortController());
  const limit = setTimeout(() => mine.abort(), ANSWER_MS);
  try {
    const answer = await ask(mine.signal);
    if (mine !== call) return; // another window was chosen meanwhile
    take(answer);
    failure = "";
  } catch (error) {
    if (mine !== call) return;
    failure = error.message;
  } finally {
    clearTimeout(limit);
  }
  timer = setTimeout(poll, POLL_MS);
  draw();
}

async function ask(signal) {
  const asked = new URLSearchParams({ agents: "off" });
  for (const queue of address.getAll("queue")) asked.append("queue", queue);
  const wanted = windows.filter((name) => name === chosenWindow() || name === TODAY);
  for (const name of wanted) asked.append("window", name);
  const lost = () => { throw new Error(signal.aborted ? `no answer in ${ANSWER_MS / 1000} s` : "it cannot be reached"); };
  const answer = await fetch(`api/v1/report?${asked}`, { signal, cache: "no-store" }).catch(lost);
  const body = await answer.json().catch(lost);
  if (answer.ok) return body;
  if (answer.status === 400) windows = []; // it may have other ones since a reload: ask for all again
  throw new Error(body.message);
}

function take(answer) {
  if (answer.at !== report?.at) arrived = performance.now();
  report = answer;
  if (!windows.length) windows = Object.keys(report.total.windows).filter((name) => name !== "all");
  drawWindows();
  drawQueues();
}

function chosenWindow() {
  const wanted = [location.hash.slice(1), address.get("window")];
  return wanted.find((name) => windows.includes(name)) ?? windows[0];
}

function draw() {
  const stale = failure !== "" || performance.now() - arrived > STALE_MS;
  const old = stale || report?.sources?.ready === false;
  document.body.classList.toggle("old", old);
  if (report) drawAsOf(old);
  drawNotice(stale);
  if (!stale) drawLongestWaits(old);
}

// The time that the figures are as of, which is the clock's only while the service reads all that there is; null: no figures.
const asOf = () => (report.sources?.as_of === undefined ? report.at : report.sources.as_of);
const age = () => (Date.parse(report.at) - Date.parse(asOf()) + performance.now() - arrived) / 1000;

function drawAsOf(old) {
  setText(byId("as-of"), asOf() ? timeOfDay(asOf()) : "--:--:--");
  setText(byId("age"), asOf() && (old || age() >= AGED_S) ? ago(age()) : "");
}

function drawNotice(stale) {
  const [kind, text] = notice(stale);
  byId("notice").className = `notice ${kind}`;
  setText(byId("notice"), text);
  if (kind) document.title = `${text.split(/[.,]|: /)[0]} · ContactPulse`;
}

function notice(stale) {
  if (failure && (!report || !asOf())) return ["stale", `✕ No answer from the service: ${failure}`];
  if (!report) return ["", "Loading…"];
  if (failure) return ["stale", `✕ OLD FIGURES, of ${timeOfDay(asOf())}. No answer from the service: ${failure}`];
  if (stale) return ["stale", `✕ OLD FIGURES: nothing new since ${timeOfDay(report.at)}`];
  const { ready, rebalancing, notes = [], lagging = [] } = report.sources ?? {};
  const { brokers_away_since: away, partitions_lost_at: lost } = report.sources ?? {};
  if (away) return ["stale", `✕ KAFKA IS OUT OF REACH since ${timeOfDay(away)}. ${whatIsLeft(report.sources)}`];
  if (lost) return ["stale", `✕ NO FIGURES: ${whyLost(lost)} It is joining the group again.`];
  const none = ready ? "NO FIGURES" : "WARMING UP, no figures yet";
  if (!asOf()) return ["warn", `▲ ${none}: ${[...notes, ...lagging].join(" · ")}`];
  const why = rebalancing ? "REBALANCING, figures may not be complete" : "WARMING UP, figures are not complete";
  if (ready === false) return ["warn", `▲ ${why}. ${notes.join(" · ")}`];
  if (lagging.length) return ["warn", `▲ CATCHING UP: ${[...lagging, ...notes].join(" · ")}`];
  return notes.length ? ["warn", `▲ ${notes.join(" · ")}`] : ["", summary()];
}

function whatIsLeft({ partitions_lost_at: lost, rebuilding = [] }) {
  const part = rebuilding.length ? ", of a part of the partitions only" : "";
  if (asOf()) return `Frozen: the last known figures${part}, as of ${timeOfDay(asOf())}, ${ago(age())}.`;
  if (lost) return `No figures: ${whyLost(lost)}`;
  return "No figures yet: nothing complete was read since this instance started.";
}

function whyLost(at) {
  return `the session of this instance in the consumer group ran out at ${timeOfDay(at)}, and its partitions with it; `
    + "another instance may count them now.";
}

function summary() {
  const states = [...rows.values()].map((row) => row.state);
  const named = Object.keys(STATES).map((state) => [states.filter((s) => s === state).length, STATES[state]]);
  const text = named.filter(([n]) => n > 0).map(([n, { icon, word }]) => `${icon} ${n} ${word}`).join("   ");
  document.title = `${text || "Queues"} · ContactPulse`;
  return text || "No queue yet";
}

function drawWindows() {
  const nav = byId("windows");
  const names = [...nav.children].map((link) => link.textContent);
  if (names.join() !== windows.join()) nav.replaceChildren(...windows.map(windowLink));
  for (const link of nav.children) {
    if (link.textContent === chosenWindow()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function windowLink(name) {
  const link = document.createElement("a");
  link.href = `#${name}`;
  link.textContent = name;
  return link;
}

function drawQueues() {
  const window = chosenWindow();
  const queues = Object.entries(report.queues);
  const having = (kind) => queues.filter(([name, queue]) => kindsOf(name, queue)[kind]);
  const names = new Set(having("contacts").map(([name]) => name));
  for (const name of rows.keys()) if (!names.has(name)) rows.delete(name);
  for (const [name, queue] of having("contacts")) {
    if (!rows.has(name)) rows.set(name, newRow());
    drawRow(rows.get(name), queue.display || name, queue, window);
  }
  total ??= newRow();
  drawRow(total, "Total", report.total, window);
  if (!total.tr.isConnected) byId("total").append(total.tr);
  putInOrder(byId("queues"), [...rows.values()].sort(worstFirst));
  drawTickets(having("tickets"));
  byId("tables").style.setProperty("--rows", rows.size + (ticketRows.size && ticketRows.size + HEADING_ROWS));
  byId("board").hidden = rows.size === 0 && ticketRows.size > 0;
}

function putInOrder(body, sorted) {
  if (sorted.length !== body.children.length || sorted.some((row, i) => row.tr !== body.children[i])) {
    body.replaceChildren(...sorted.map((row) => row.tr));
  }
}

function worstFirst(a, b) {
  return a.gap - b.gap || b.longest - a.longest || a.name.localeCompare(b.name);
}

function newRow(template = "row") {
  const tr = byId(template).content.cloneNode(true).firstElementChild;
  const cells = Object.fromEntries([...tr.querySelectorAll("[data-is]")].map((cell) => [cell.dataset.is, cell]));
  return { tr, cells, bar: tr.querySelector(".bar") };
}

function drawRow(row, name, { now = {}, windows: of = {}, targets, targets_by: own, kpis }, window) {
  const figures = of[window] ?? {};
  const level = figures.service_level ?? {};
  const goal = goalOf(figures, targets, own);
  row.name = name;
  row.longest = now.longest_wait ?? -1;
  row.threshold = goal?.threshold ?? Infinity;
  row.state = stateOf(level, goal);
  row.gap = row.state === "none" ? 2 : level.ratio - goal.target; // a gap is within -1 and 1
  row.tr.className = row.state;
  row.cells.name.title = name;
  drawLevel(row, level, goal);
  const texts = {
    ...STATES[row.state], name,
    waiting: count(now.waiting), service: count(now.in_service),
    answered: count(figures.answered), abandoned: count(figures.abandoned), rate: rate(figures.abandonment_rate?.ratio),
    asa: clock(figures.speed_of_answer?.mean), aht: clock(figures.handle_time?.mean),
    notes: notes(now, figures), ...agentsIn(row === total ? null : now.agents),
  };
  for (const [cell, text] of Object.entries(texts)) setText(row.cells[cell], text);
  drawTargets(row.cells.targets, kpis, row === total ? {} : now.sla); // each on its queue
}

// Every target that is missed and every promise that is broken or about to be, the worst first, a line each.
function drawTargets(cell, kpis = [], sla = {}) {
  const told = kpis.map((kpi) => ({ state: kpi.state, title: [kpi.why, kpi.runbook, kpi.owner].filter(Boolean).join(" · "), text: inWords(kpi) }));
  const all = [...told, ...promisesOf(sla)];
  const missed = Object.keys(MISSED).flatMap((state) => all.filter((own) => own.state === state));
  while (cell.children.length > missed.length) cell.lastChild.remove();
  for (const [i, { state, title, text }] of missed.entries()) {
    const line = cell.children[i] ?? cell.appendChild(document.createElement("span"));
    const { icon, word, look } = MISSED[state];
    line.className = look;
    line.title = title;
    setText(line, `${icon} ${word} ${text}`);
  }
}

// Promises of contacts and tickets: those that are broken and still owed, and those whose deadline is near.
function promisesOf(sla) {
  const all = Object.entries(sla).flatMap(([policy, targets]) => Object.entries(targets).map(([target, now]) => ({ policy, target, ...now })));
  return all.flatMap(({ policy, target, breached_open, at_risk, next_deadline }) => {
    const name = `${target.replaceAll("_", " ")} of ${policy}`;
    return [
      breached_open > 0 && { state: "critical", title: "promises that are broken and still owed", text: `${name}: ${count(breached_open)} overdue` },
      at_risk > 0 && { state: "warning", title: "promises whose deadline is near", text: `${name}: ${count(at_risk)} due soon, next in ${clock(next_deadline)}` },
    ].filter(Boolean);
  });
}

function inWords({ kpi, stat, channel, window, unit, value, target }) {
  const show = { share: rate, seconds: (s) => clock(s), count, number: (n) => String(Math.round(n * 100) / 100) }[unit];
  const name = [kpi.replaceAll("_", " "), stat === "mean" ? null : stat].filter(Boolean).join(" ");
  return `${name} on ${channel}, ${window === "now" ? "now" : `in ${window}`}: ${show(value)}, target ${show(target)}`;
}

// What was promised on the only channel that counts in the window, where that has a promise of its own.
function goalOf(figures, targets, own) {
  const counted = Object.entries(figures.service_level_by?.channel ?? {}).filter(([, level]) => level.counted > 0);
  const only = counted.length === 1 && own?.channel?.[counted[0][0]];
  return (only || targets)?.service_level;
}

function notes(now, figures) {
  const owed = now.callbacks_waiting > 0 && `${now.callbacks_waiting} callback${now.callbacks_waiting > 1 ? "s" : ""} owed, oldest ${clock(now.oldest_callback)}`;
  const missed = figures.missed_alerts > 0 && `${figures.missed_alerts} missed`;
  const response = figures.chat_first_response_time?.count > 0 && `first response ${clock(figures.chat_first_response_time.mean)}`;
  const state = ["closed", "degraded"].includes(now.state) && now.state;
  return [state, owed, missed, response].filter(Boolean).join(" · ");
}

function stateOf(level, goal) {
  if (!(level.counted >= 1) || !goal) return "none";
  if (level.ratio >= goal.target - ROUNDING) return "ok";
  return level.ratio >= goal.target - AT_RISK - ROUNDING ? "risk" : "breach";
}

function drawLevel(row, level, goal) {
  setText(row.cells.level, share(level.ratio));
  setText(row.cells.goal, goal ? `of ${share(goal.target)} in ${length(goal.threshold)}` : "");
  row.bar.style.setProperty("--share", level.ratio ?? 0);
  row.bar.style.setProperty("--goal", goal?.target ?? 2);
}

function drawLongestWaits(old) {
  const since = old ? 0 : (performance.now() - arrived) / 1000; // waits of old figures stand still
  for (const row of total ? [...rows.values(), total] : []) {
    const wait = row.longest < 0 ? undefined : row.longest + since;
    setText(row.cells.longest, clock(wait, Math.floor));
    row.cells.longest.classList.toggle("over", wait > row.threshold);
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const count = (n) => (n == null ? "–" : n.toLocaleString("en"));
const rate = (ratio) => (ratio == null ? "" : `${(ratio * 100).toFixed(1)} %`);
// Rounded down: a queue a hair below its 80 % must not read 80 %.
const share = (ratio) => (ratio == null ? "–" : `${Math.floor(ratio * 100 + ROUNDING)} %`);

function clock(seconds, round = Math.round) {
  if (seconds == null) return "–";
  const whole = round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function length(seconds) {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds > 90 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function ago(seconds) {
  const units = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "second"];
  const n = Math.max(0, Math.floor(seconds / size));
  return `${n} ${unit}${n === 1 ? "" : "s"} ago`;
}

// With the date, where that is not the date of now.
function timeOfDay(at) {
  const [time, now] = [new Date(at), new Date(report.at)];
  const date = time.toDateString() === now.toDateString() ? "" : `${time.toLocaleDateString("sv")} `;
  return date + time.toTimeString().slice(0, 8);
}

const light = matchMedia("(prefers-color-scheme: light)");
function setTheme() {
  document.documentElement.dataset.theme = address.get("theme") ?? (light.matches ? "light" : "dark");
}

light.addEventListener("change", setTheme);
addEventListener("hashchange", poll);
setInterval(draw, TICK_MS);
setTheme();
poll();
