import { ReadableError } from '../errors.js';
import { type Certificate, failuresIn } from './certificate.js';

/** Exported files do not compute what the encoder computes. */
export class VerificationError extends ReadableError {
  override readonly kind = 'finding';
  override readonly name = 'VerificationError';
  readonly certificate: Certificate;

  /** @param kept where what was refused lies now; undefined: where it was */
  constructor(certificate: Certificate, kept: string | undefined) {
    const failures = failuresIn(certificate.files, certificate.ranking);
    const where = kept === undefined ? '' : `; what was refused is kept in ${kept}`;
    super(
      `${certificate.source ?? 'the encoder'} is not what the files compute${where}:\n${failures.join('\n')}`,
    );
    this.certificate = certificate;
  }
}
