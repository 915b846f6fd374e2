import { readFileSync, writeFileSync } from 'node:fs';

const KILOBYTE = 1024;

/** Resets `peakOf` for this process, if the system supports that. */
export function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Only Linux does. Elsewhere the peak covers the whole process, and so does what it is compared with.
  }
}

/** The peak memory of this process, in bytes. */
export function ownPeak(): number {
  return peakOf('self') ?? process.resourceUsage().maxRSS * KILOBYTE;
}

/** The peak memory of the process or of one that it started, in bytes; undefined if the system does not say. */
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
