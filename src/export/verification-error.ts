import { ReadableError } from '../errors.js';
import { type Certificate, failuresIn } from './certificate.js';

/** Exported files do not compute the same as the encoder. */
export class VerificationError extends ReadableError {
  override readonly kind = 'finding';
  override readonly name = 'VerificationError';
  readonly certificate: Certificate;

  /** @param kept where the refused files are now; undefined if they stayed where they were */
  constructor(certificate: Certificate, kept: string | undefined) {
    const failures = failuresIn(certificate.files, certificate.ranking);
    const where = kept === undefined ? '' : `; the refused files are kept in ${kept}`;
    super(
      `the files do not compute the same as ${certificate.source ?? 'the encoder'}${where}:\n${failures.join('\n')}`,
    );
    this.certificate = certificate;
  }
}
