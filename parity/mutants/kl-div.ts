import { type EmbeddingColumns, SparseDistillKLDivLoss } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { klDivergence } from '../../src/ops/kl-divergence.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic, wrongDefault } from './mutant.js';

type Loss = SparseDistillKLDivLoss;

interface Steps {
  readonly labels: (labels: tf.Tensor) => tf.Tensor;
  /** Logits [B, candidates] of the student's and the teacher's softmax. */
  readonly student: (scores: tf.Tensor2D, loss: Loss) => tf.Tensor2D;
  readonly teacher: (labels: tf.Tensor2D, loss: Loss) => tf.Tensor2D;
  /** The divergence of each row. */
  readonly divergence: (student: tf.Tensor2D, teacher: tf.Tensor2D) => tf.Tensor;
  readonly reduce: (divergences: tf.Tensor, candidates: number) => tf.Tensor;
  readonly weight: (loss: Loss) => number;
}

const RIGHT: Steps = {
  labels: detach,
  student: (scores, { studentTemperature }) => scores.div(studentTemperature),
  teacher: (labels, { teacherTemperature }) => labels.div(teacherTemperature),
  divergence: klDivergence,
  reduce: (divergences) => divergences.mean(),
  weight: ({ studentTemperature }) => studentTemperature ** 2,
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseDistillKLDivLoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels: tf.Tensor): tf.Scalar {
      const [queries, ...candidates] = embeddings as [tf.Tensor2D, ...tf.Tensor2D[]];
      return tf.tidy(() => {
        const scores = tf.stack(
          candidates.map((candidate) => this.similarityFct(queries, candidate)),
          1,
        );
        const student = steps.student(scores as tf.Tensor2D, this);
        const teacher = steps.teacher(steps.labels(labels) as tf.Tensor2D, this);
        const divergences = steps.divergence(student, teacher);
        return steps.reduce(divergences, candidates.length).mul<tf.Scalar>(steps.weight(this));
      });
    }
  };
}

/** sum p (log p - log q), computed literally. */
const plain = (p: tf.Tensor, logQ: tf.Tensor): tf.Tensor =>
  tf.where(p.equal(0), tf.zerosLike(p), p.mul(p.log())).sub(p.mul(logQ)).sum(1);

const TOPIC = stepwise('SparseDistillKLDivLoss', restate, {
  'temperature-not-squared': {
    what: 'the loss is multiplied by Ts instead of Ts^2',
    steps: { weight: (loss) => loss.studentTemperature },
  },
  'temperature-squared-twice': {
    what: 'the loss is multiplied by Ts^4',
    steps: { weight: (loss) => loss.studentTemperature ** 4 },
  },
  'temperature-weight-missing': { what: 'the loss is not multiplied by Ts^2', steps: { weight: () => 1 } },
  'weight-of-teacher': {
    what: 'the loss is multiplied by Tt^2',
    steps: { weight: (loss) => loss.teacherTemperature ** 2 },
  },
  'weight-of-both': {
    what: 'the loss is multiplied by Ts Tt',
    steps: { weight: (loss) => loss.studentTemperature * loss.teacherTemperature },
  },
  'temperatures-swapped': {
    what: 'student and teacher have each other’s temperature',
    steps: {
      student: (scores, loss) => scores.div(loss.teacherTemperature),
      teacher: (labels, loss) => labels.div(loss.studentTemperature),
    },
  },
  'student-temperature-ignored': {
    what: 'the student has the common temperature, whatever its own',
    steps: { student: (scores, loss) => scores.div(loss.temperature) },
  },
  'labels-not-softened': {
    what: 'labels are not divided by a temperature',
    steps: { teacher: (labels) => labels },
  },
  'scores-not-softened': {
    what: 'scores are not divided by a temperature',
    steps: { student: (scores) => scores },
  },
  reversed: {
    what: 'KL(q, p) instead of KL(p, q)',
    steps: {
      divergence: (student, teacher) => {
        const logQ = tf.logSoftmax(student, 1);
        return logQ
          .exp()
          .mul(logQ.sub(tf.logSoftmax(teacher, 1)))
          .sum(1);
      },
    },
  },
  'cross-entropy': {
    what: 'p log p is left out: same gradient, another value',
    steps: {
      divergence: (student, teacher) => tf.softmax(teacher, 1).mul(tf.logSoftmax(student, 1)).sum(1).neg(),
    },
  },
  'naive-log': {
    what: 'log of the softmax, which underflows',
    steps: {
      divergence: (student, teacher) => plain(tf.softmax(teacher, 1), tf.softmax(student, 1).log()),
    },
  },
  'log-of-p-with-floor': {
    what: 'log(p + 1e-6) instead of 0 log 0 = 0',
    steps: {
      divergence: (student, teacher) => {
        const p = tf.softmax(teacher, 1);
        return p.mul(p.add(1e-6).log().sub(tf.logSoftmax(student, 1))).sum(1);
      },
    },
  },
  'labels-not-detached': {
    what: 'the formula as it stands, which passes a gradient to the labels',
    steps: {
      labels: (labels) => labels,
      divergence: (student, teacher) => plain(tf.softmax(teacher, 1), tf.logSoftmax(student, 1)),
    },
  },
  mean: {
    what: 'mean over all elements instead of over the batch',
    steps: { reduce: (divergences, candidates) => divergences.mean().div(candidates) },
  },
  sum: {
    what: 'sum instead of the mean over the batch',
    steps: { reduce: (divergences) => divergences.sum() },
  },
  'softmax-over-batch': {
    what: 'both softmaxes run over the batch instead of the candidates',
    steps: {
      divergence: (student, teacher) => klDivergence(student.transpose(), teacher.transpose()),
      reduce: (divergences, candidates) => divergences.mean().mul(candidates),
    },
  },
  'teacher-over-batch': {
    what: 'the teacher’s softmax runs over the batch',
    steps: {
      divergence: (student, teacher) =>
        plain(tf.softmax(teacher.transpose()).transpose(), tf.logSoftmax(student, 1)),
    },
  },
});

export const KL_DIV: Topic = {
  ...TOPIC,
  mutants: [...TOPIC.mutants, wrongDefault('SparseDistillKLDivLoss', 'temperature', 1)],
};
