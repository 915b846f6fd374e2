import { describe, expect, it } from 'vitest';
import { consumersCommand } from './command.js';
import { CONSUMERS } from './consumers.js';

type Call = Parameters<Parameters<typeof consumersCommand>[0]>;

async function parse(...args: string[]): Promise<Call> {
  let call: Call | undefined;
  const command = consumersCommand(async (...given) => void (call = given)).configureOutput({
    writeErr: () => undefined,
  });
  await command.parseAsync(args, { from: 'user' });
  return call as unknown as Call;
}

describe('the command consumers', () => {
  it('tries all consumers unless some are named', async () => {
    const required = ['--model', 'exported', '--reference', 'model'];
    expect((await parse(...required))[0]).toEqual(Object.keys(CONSUMERS));
    expect((await parse('fastembed', 'onnxruntime-web', 'fastembed', ...required))[0]).toEqual([
      'fastembed',
      'onnxruntime-web',
    ]);
  });

  it('takes several exported folders', async () => {
    const [, { model }] = await parse('--model', 'a', '--model', 'b', '--reference', 'model');
    expect(model).toEqual(['a', 'b']);
  });

  it('says which consumers there are', async () => {
    await expect(parse('fastembd', '--model', 'a', '--reference', 'model')).rejects.toThrow(
      'Allowed choices are onnxruntime-node, ',
    );
    const help: string[] = [];
    const command = consumersCommand(async () => undefined).configureOutput({
      writeOut: (text) => void help.push(text),
    });
    command.outputHelp();
    for (const [name, { summary }] of Object.entries(CONSUMERS)) {
      expect(help.join('')).toMatch(
        new RegExp(`^  ${name} +${summary.replaceAll(/[.()]/g, '\\$&')} \\(`, 'm'),
      );
    }
  });

  it.each([
    ['--model', 'a'],
    ['--reference', 'model'],
  ])('needs more than %s %s', async (...args) => {
    await expect(parse(...args)).rejects.toThrow('required option');
  });
});
