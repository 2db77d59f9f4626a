// Queues of tickets and the states of agents: a table of its own, since who writes waits for hours where who calls waits for seconds.
//
// A queue is in the table of what it ever had, contacts or tickets or both, so that no row moves when a new day begins.
// Figures that the service does not give, since no platform tells of tickets or agents, take no room.
"use strict";

const TODAY = "today"; // the window of the figures of tickets: too few are answered within minutes
const BUSY = ["on_contact", "after_contact"];
const DAY_S = 86400; // from here on a day is the unit of an age
const HEADING_ROWS = 5; // the second table's heading, total and distance take the room of so many rows

const ticketRows = new Map(); // queue name → its row
const kinds = new Map(); // queue name → what it ever had
let ticketTotal;

// What a queue has: contacts, tickets or both; one that has had nothing yet is taken to wait for contacts.
function kindsOf(name, { now = {}, windows: of = {} }) {
  const any = (...figures) => figures.some((figure) => now[figure] > 0 || Object.values(of).some((own) => own[figure] > 0));
  if (!kinds.has(name)) kinds.set(name, { contacts: false, tickets: false });
  const own = kinds.get(name);
  own.contacts ||= any("offered", "blocked", "answered", "waiting", "in_service", "callbacks_waiting");
  own.tickets ||= any("backlog", "created", "resolved", "closed");
  return { contacts: own.contacts || !own.tickets, tickets: own.tickets };
}

function drawTickets(queues) {
  for (const name of kinds.keys()) if (!Object.hasOwn(report.queues, name)) kinds.delete(name);
  const names = new Set(queues.map(([name]) => name));
  for (const name of ticketRows.keys()) if (!names.has(name)) ticketRows.delete(name);
  for (const [name, queue] of queues) {
    if (!ticketRows.has(name)) ticketRows.set(name, newRow("ticket-row"));
    drawTicketRow(ticketRows.get(name), queue.display || name, queue);
    drawTargets(ticketRows.get(name).cells.targets, ...(rows.has(name) ? [] : [queue.kpis, queue.now?.sla])); // once on the page
  }
  ticketTotal ??= newRow("ticket-row");
  drawTicketRow(ticketTotal, "Total", report.total);
  putInOrder(byId("ticket-total"), ticketRows.size ? [ticketTotal] : []);
  putInOrder(byId("ticket-queues"), [...ticketRows.values()].sort(oldestFirst));
  byId("tickets").hidden = ticketRows.size === 0;
  drawHead(report.total.now ?? {});
}

// The head line says of the whole centre what stands too far down on a long page.
function drawHead(now) {
  const agents = agentsNow(now.agents);
  byId("tables").classList.toggle("no-agents", !agents);
  byId("ticket-words").hidden = !agents && ticketRows.size === 0;
  setText(byId("agents"), agents ? `${count(agents.available)} agents available, ${agents.busy} busy, ${agents.away} away` : "");
  setText(byId("open"), ticketRows.size ? `${count(now.backlog)} tickets open, ${count(now.awaiting_reply)} awaiting reply` : "");
}

const oldestFirst = (a, b) => b.oldest - a.oldest || b.backlog - a.backlog || a.name.localeCompare(b.name);

function drawTicketRow(row, name, { now = {}, windows: of = {} }) {
  const today = of[TODAY] ?? {};
  const response = today.first_response_time ?? {};
  row.name = row.cells.name.title = name;
  row.oldest = now.oldest_awaiting ?? -1;
  row.backlog = now.backlog ?? -1;
  const texts = {
    name, ...agentsIn(row === ticketTotal ? null : now.agents),
    backlog: count(now.backlog), awaiting: count(now.awaiting_reply), oldest: lasting(now.oldest_awaiting),
    p50: lasting(response.p50), p90: lasting(response.p90), resolved: count(today.resolved),
  };
  for (const [cell, text] of Object.entries(texts)) setText(row.cells[cell], text);
}

// How many agents are ready, have something in hand, or are logged in and do neither; null: nobody tells of agents.
function agentsNow(states) {
  const told = Object.entries(states ?? {});
  const sum = (is) => told.reduce((n, [state, agents]) => n + (is(state) ? agents : 0), 0);
  if (!told.length) return null;
  const [available, busy] = [sum((state) => state === "available"), sum((state) => BUSY.includes(state))];
  return { available, busy, away: sum((state) => state !== "offline") - available - busy };
}

function agentsIn(states) {
  const agents = agentsNow(states);
  return { agents: agents ? count(agents.available) : "", others: agents ? `${agents.busy} busy · ${agents.away} away` : "" };
}

// The two greatest units, as people say it: 3 d 4 h, 5 h 12 min, 12:40.
function lasting(seconds) {
  if (seconds == null || seconds < 3600) return clock(seconds);
  const minutes = Math.floor(seconds / 60);
  if (seconds < DAY_S) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
}
