import type { Subcommand } from './subcommand.js';

export interface DoctorOptions {
  readonly python?: string;
  readonly json?: boolean;
}

export const doctor: Subcommand = {
  help: {
    description: 'Check what a comparison needs on this machine, and say how to mend what is broken.',
    examples: [
      'sparse-encoder-parity doctor',
      'sparse-encoder-parity doctor --python /usr/bin/python3',
      'sparse-encoder-parity doctor --json',
    ],
    exitCodes: {
      fine: 'a comparison can run',
      environment: 'something that a comparison needs is broken',
    },
  },
  define: (command) =>
    command
      .option('--python <path>', 'a Python that has the reference (default: a managed environment)')
      .option('--json', 'print JSON')
      .action(async (options: DoctorOptions) => {
        const { doctorCommand } = await import('../doctor/doctor-command.js');
        await doctorCommand(options);
      }),
};
