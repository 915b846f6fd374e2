import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './crc32c.js';

/**
 * Records of a TensorBoard event file. Field numbers are those of tensorboard/compat/proto/event.proto, summary.proto and
 * tensor.proto.
 */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const VALUE = { tag: 1, number: 2, tensor: 8, metadata: 9 } as const;
const TENSOR = { type: 1, shape: 2, text: 8 } as const;
/** The only version that exists. Readers do not purge restarted runs of any other version. */
const VERSION = 'brain.Event:2';
const SESSION_START = 1;
const TEXT_TYPE = 7;

interface Moment {
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

type Write = (writer: BinaryWriter) => void;

const message = (field: number, write: Write) => (writer: BinaryWriter) => {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
};
const text = (field: number, value: string) => (writer: BinaryWriter) => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const integer = (field: number, value: number) => (writer: BinaryWriter) => {
  writer.tag(field, WireType.Varint).int64(value);
};

/** The first record of a file. */
export const versionRecord = (wallTime: number): Uint8Array =>
  record({ step: 0, wallTime }, text(EVENT.fileVersion, VERSION));

/** Marks where a run resumes. Readers then drop this step and later ones from earlier files. */
export const restartRecord = (moment: Moment): Uint8Array =>
  record(moment, message(EVENT.sessionLog, integer(1, SESSION_START)));

/** Numbers by their tags. They are stored as float32. */
export const scalarsRecord = (moment: Moment, scalars: Readonly<Record<string, number>>): Uint8Array =>
  record(
    moment,
    summary(
      Object.entries(scalars).map(([tag, value]) => (writer: BinaryWriter) => {
        text(VALUE.tag, tag)(writer);
        writer.tag(VALUE.number, WireType.Bit32).float(value);
      }),
    ),
  );

/** A Markdown text under this tag. */
export const textRecord = (moment: Moment, tag: string, markdown: string): Uint8Array =>
  record(
    moment,
    summary([
      (writer) => {
        text(VALUE.tag, tag)(writer);
        message(VALUE.tensor, (tensor) => {
          integer(TENSOR.type, TEXT_TYPE)(tensor);
          message(TENSOR.shape, message(2, integer(1, 1)))(tensor);
          text(TENSOR.text, markdown)(tensor);
        })(writer);
        message(VALUE.metadata, message(1, text(1, 'text')))(writer);
      },
    ]),
  );

const summary = (values: readonly Write[]): Write =>
  message(EVENT.summary, (writer) => {
    for (const value of values) message(1, value)(writer);
  });

/** A TFRecord: the length and its checksum, then the event and its checksum. */
function record({ step, wallTime }: Moment, write: Write): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(EVENT.wallTime, WireType.Bit64).double(wallTime);
  integer(EVENT.step, step)(writer);
  write(writer);
  const event = writer.finish();
  const bytes = new Uint8Array(16 + event.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(event, 12);
  view.setUint32(12 + event.length, maskedCrc32c(event), true);
  return bytes;
}
