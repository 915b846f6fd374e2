import { readFileSync, writeFileSync } from 'node:fs';

const KILOBYTE = 1024;

/** From now on `peakOf` this process counts anew, where the system can do that. */
export function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Only Linux has it. Elsewhere the peak is that of the whole process, and so is what it is compared with.
  }
}

/** The most memory that this process has had, in bytes. */
export function ownPeak(): number {
  return peakOf('self') ?? process.resourceUsage().maxRSS * KILOBYTE;
}

/** The most memory that the process or one that it started has had, in bytes; undefined where the system does not say. */
export function peakOfTree(pid: number): number | undefined {
  const peaks = processesBelow(String(pid)).flatMap((each) => peakOf(each) ?? []);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function processesBelow(pid: string): string[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.split(' ').filter(Boolean) ?? [];
  return [pid, ...children.flatMap(processesBelow)];
}

function peakOf(pid: string): number | undefined {
  const kilobytes = read(`/proc/${pid}/status`)?.match(/^VmHWM:\s+(\d+) kB$/m)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * KILOBYTE;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
