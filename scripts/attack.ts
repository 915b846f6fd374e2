/** Attacks the package and reports what came through: npm run attack -- --help */
import { writeTextWhole } from '../src/files/write-file.js';
import { openProgress } from '../src/progress.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import { type Area, loadAttacks, moduleOf } from './attack/areas.js';
import type { Attack } from './attack/attack.js';
import { type AttackOptions, attackCommand } from './attack/command.js';
import type { Finding } from './attack/messages.js';
import { hasFinding, renderFinding, renderJson, renderText, type Result } from './attack/report.js';
import { AttackProcess } from './attack/supervise.js';

const attacker = new AttackProcess();
process.once('exit', () => attacker.end());

interface Planned {
  readonly area: Area;
  readonly attack: Attack;
  readonly tries: number;
}

async function run({ only, quick, seed, json }: AttackOptions): Promise<void> {
  const plan: Planned[] = [];
  for (const area of only) {
    const attacks = await loadAttacks(moduleOf(area));
    plan.push(
      ...attacks
        .map((attack) => ({ area, attack, tries: quick ? attack.tries.quick : attack.tries.full }))
        .filter(({ attack, tries }) => tries > 0 && attack.needs?.isThere !== false),
    );
    for (const { name, needs } of attacks) {
      if (needs?.isThere === false) tell(`${area}, ${name}: not tried, since it needs ${needs.what}`);
    }
  }
  const progress = openProgress(plan.length);
  const results: Result[] = [];
  for (const { area, attack, tries } of plan) {
    progress.note(`${area}: ${attack.name}`);
    const { name, what, expects } = attack;
    const onFinding = (finding: Finding): void => tell(renderFinding(`${area}, ${name}`, finding));
    const outcome = await attacker.run(attack, { module: moduleOf(area), tries, seed, onFinding });
    results.push({ area, name, what, expects, ...outcome });
    const left = plan.length - results.length;
    // After each attack, so that a run that is stopped leaves what it has found.
    if (json !== undefined) await writeTextWhole(json, renderJson(only, results, { seed, left }));
    // A new process takes two seconds. A quick run starts one only after a process has ended.
    if (!quick) attacker.end();
    progress.advance(`${area}: ${attack.name}`);
  }
  progress.stop();
  attacker.end();
  process.stdout.write(renderText(only, results, seed));
  if (hasFinding(only, results)) process.exitCode = EXIT.finding;
}

await runCommand(() => attackCommand(run));
