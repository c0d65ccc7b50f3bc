// Numbers and times for people.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const UNITS = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

/** Return a count, short from a hundred thousand on. */
export function count(value) {
  if (value === null || value === undefined) return "–";
  return value < 100000 ? whole.format(value) : short.format(value);
}

export const exact = (value) => (value === null || value === undefined ? "–" : whole.format(value));

/** Return seconds in the two largest units: 2d 3h, 5m, 40s, 0.4s. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${Number(seconds.toFixed(1))}s`;
  let rest = Math.floor(seconds);
  const parts = [];
  for (const [letter, size] of UNITS) {
    const number = Math.floor(rest / size);
    rest -= number * size;
    if (number) parts.push(`${number}${letter}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** Return how far an instant (milliseconds) is from another: "5m ago", "in 2h". */
export function distance(at, now) {
  const seconds = (at - now) / 1000;
  if (Math.abs(seconds) < 5) return "now";
  const coarse = roughly(Math.abs(seconds));
  return seconds < 0 ? `${coarse} ago` : `in ${coarse}`;
}

/** Return seconds in one or two units, without what says nothing at that size. */
export function roughly(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return span(Math.floor(seconds / 60) * 60);
  return span(Math.floor(seconds / 3600) * 3600);
}

/** Return an instant in the time zone that is chosen in Airflow. */
export function moment(iso) {
  return iso ? `${clock().format(new Date(iso))}` : "–";
}

let formatter = null;

function clock() {
  if (formatter === null) {
    const options = {
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
      hourCycle: "h23", timeZoneName: "short",
    };
    try {
      formatter = new Intl.DateTimeFormat("sv", { ...options, timeZone: chosenZone() });
    } catch {
      formatter = new Intl.DateTimeFormat("sv", { ...options, timeZone: "UTC" });
    }
  }
  return formatter;
}

function chosenZone() {
  const kept = window.localStorage.getItem("timezone");
  return kept ? JSON.parse(kept) : "UTC";
}
