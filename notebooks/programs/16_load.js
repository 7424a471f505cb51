// Load at a constant arrival rate: each request goes out at its appointed time, answered or not the ones before.
// k6 (https://k6.io) runs this; it hands the numbers back as one line of JSON.
import http from "k6/http";
import exec from "k6/execution";
import { Counter, Trend } from "k6/metrics";

const rate = Number(__ENV.RATE), body = open(__ENV.BODY, "b");
const headers = { "Content-Type": "application/octet-stream" };
if (Number(__ENV.JSON_BYTES)) headers["Inference-Header-Content-Length"] = __ENV.JSON_BYTES;
const answered = new Trend("answered"), failed = new Counter("failed");

const open_loop = { executor: "constant-arrival-rate", rate: rate, timeUnit: "1s",
  preAllocatedVUs: Number(__ENV.CALLERS), maxVUs: Number(__ENV.CALLERS) };
const closed_loop = { executor: "constant-vus", vus: Number(__ENV.CALLERS) };

export const options = {
  scenarios: { load: { ...(rate ? open_loop : closed_loop), duration: `${__ENV.SECONDS}s`, gracefulStop: "10s" } },
  summaryTrendStats: ["avg", "med", "p(95)", "p(99)", "count"], discardResponseBodies: true,
};

export default function () {
  // from the intended start, not from the moment when a tardy caller got round to it
  const due = rate ? exec.scenario.startTime + 1000 * exec.scenario.iterationInTest / rate : Date.now();
  const late = Math.max(0, Date.now() - due);
  const reply = http.post(__ENV.URL, body, { headers: headers, timeout: "10s" });
  if (reply.status === 200) answered.add(late + reply.timings.duration); else failed.add(1);
}

export function handleSummary(data) {
  const values = (name) => (data.metrics[name] ? data.metrics[name].values : { count: 0 });
  return { stdout: JSON.stringify({ ...values("answered"), failed: values("failed").count,
    dropped: values("dropped_iterations").count }) };
}
