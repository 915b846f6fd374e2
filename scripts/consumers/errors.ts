/** What a consumer needs is not on this machine and cannot be put there: a browser, Python, the network. */
export class ConsumerUnavailableError extends Error {
  override readonly name = 'ConsumerUnavailableError';
}
