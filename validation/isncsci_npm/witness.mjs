// Reads exams in the shape of the npm package isncsci, one JSON object a line, from standard input; writes
// its eleven outputs and the sums for each, one JSON object a line, under our names.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const { ISNCSCI } = createRequire(import.meta.url)("isncsci");

for await (const line of createInterface({ input: process.stdin })) {
  const { id, ...exam } = JSON.parse(line);
  const { classification: result, totals } = new ISNCSCI(exam);
  const { right, left } = totals;
  const { neurologicalLevels: levels, zoneOfPartialPreservations: zones } = result;
  process.stdout.write(JSON.stringify({
    id,
    sensory_right: levels.sensoryRight,
    sensory_left: levels.sensoryLeft,
    motor_right: levels.motorRight,
    motor_left: levels.motorLeft,
    nli: result.neurologicalLevelOfInjury,
    complete: result.injuryComplete,
    ais: result.ASIAImpairmentScale,
    zpp_sensory_right: zones.sensoryRight,
    zpp_sensory_left: zones.sensoryLeft,
    zpp_motor_right: zones.motorRight,
    zpp_motor_left: zones.motorLeft,
    uems_right: right.upperExtremity,
    uems_left: left.upperExtremity,
    uems: totals.upperExtremity,
    lems_right: right.lowerExtremity,
    lems_left: left.lowerExtremity,
    lems: totals.lowerExtremity,
    light_touch_right: right.lightTouch,
    light_touch_left: left.lightTouch,
    light_touch: totals.lightTouch,
    pin_prick_right: right.pinPrick,
    pin_prick_left: left.pinPrick,
    pin_prick: totals.pinPrick,
  }) + "\n");
}
