/** Export of encoders as ONNX files, verification that the files give the same results as the encoder, and publishing. */
export { pushFolder } from '../encoder/hub/push.js';
export type { PushOptions } from '../encoder/hub/push-options.js';
export type { Certificate } from '../export/certificate.js';
export { exportOnnx } from '../export/export-onnx.js';
export type { ExportFormat, Precision } from '../export/formats.js';
export type { ExportOptions } from '../export/options.js';
export { embedQuery, weightsById } from '../export/query-weights.js';
export { VerificationError } from '../export/verification-error.js';
export { verifyOnnx } from '../export/verification/verify-onnx.js';
export type { VerifyOptions } from '../export/verification/verify-options.js';
