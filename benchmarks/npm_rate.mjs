// Classifies the exams of a file (one JSON object a line, in the shape of the npm package isncsci) again and again
// and prints exams a second, one round a line. Reading and parsing the file is not counted.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [, , home, file, rounds] = process.argv;
const { ISNCSCI } = createRequire(home)("isncsci");
const exams = readFileSync(file, "utf8").trim().split("\n").map((line) => {
  const { id, ...exam } = JSON.parse(line);
  return exam;
});
for (let round = 0; round < Number(rounds); round += 1) {
  const start = process.hrtime.bigint();
  for (const exam of exams) new ISNCSCI(exam);
  console.log(exams.length / (Number(process.hrtime.bigint() - start) / 1e9));
}
