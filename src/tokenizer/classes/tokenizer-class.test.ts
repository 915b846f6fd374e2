import { describe, expect, it } from 'vitest';
import { chooseTokenizerClass } from './tokenizer-class.js';

describe('chooseTokenizerClass', () => {
  it.each([
    ['bert', 'BertTokenizer', 'bert'],
    ['bert', 'BertTokenizerFast', 'bert'],
    ['bert', 'PreTrainedTokenizerFast', 'file'],
    ['bert', 'SomethingOfItsOwn', 'file'],
    ['bert', 'XLMRobertaTokenizer', 'xlm-roberta'],
    ['bert', undefined, 'bert'],
    ['distilbert', 'DistilBertTokenizer', 'distilbert'],
    ['distilbert', undefined, 'bert'],
    ['modernbert', 'BertTokenizer', 'file'],
    ['albert', 'AlbertTokenizer', 'albert'],
    ['albert', undefined, 'albert'],
    ['deberta-v2', 'DebertaV2TokenizerFast', 'deberta-v2'],
    ['gte', undefined, 'xlm-roberta'],
    ['new', 'XLMRobertaTokenizerFast', 'xlm-roberta'],
    ['nystromformer', undefined, 'file'],
    ['qwen2', 'BertTokenizer', 'file'],
    ['unheard-of', 'RobertaTokenizerFast', 'roberta'],
    ['unheard-of', undefined, 'file'],
    [undefined, 'ElectraTokenizer', 'bert'],
    [undefined, undefined, 'file'],
    [undefined, 'constructor', 'file'],
  ])('takes for the model type %s and the declared class %s: %s', (modelType, declared, expected) => {
    expect(chooseTokenizerClass(modelType, declared)).toBe(expected);
  });
});
