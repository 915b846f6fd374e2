/** Operators that may run forever, or until the memory is full. */
export const UNBOUNDED_OPERATORS: ReadonlySet<string> = new Set(['Loop', 'Scan', 'SequenceMap']);

/** Operators of the standard set in exported graphs: those that the recorder and the later steps write. */
export const EXPORTED_OPERATORS: ReadonlySet<string> = new Set(
  `
    Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BitShift BitwiseAnd
    BitwiseXor Cast Ceil Clip Concat Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum
    DequantizeLinear Div Einsum Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND
    Gelu Gemm Greater GreaterOrEqual Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log LogSoftmax
    MatMul MatMulInteger Max MaxPool Min Mod Mul Neg NonZero Not OneHot Or PRelu Pad Pow QuantizeLinear
    Range Reciprocal ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare Relu Reshape Round ScatterElements ScatterND Selu Shape Sigmoid Sign Sin Sinh Slice
    Softmax Softplus Sqrt Squeeze Sub Sum Tan Tanh Tile TopK Transpose Unsqueeze Where Xor
  `
    .trim()
    .split(/\s+/),
);
