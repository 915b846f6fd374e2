/** Short, empty and long texts, and texts that tokenizers treat specially: the same for every consumer. */
export const TEXTS: readonly string[] = [
  'a bank on the south side of the river',
  'The handle of a sword, or of a dagger: what is it called?',
  '',
  'CAFÉ ÜBER naïve São Paulo',
  'Ο ΟΔΥΣΣΕΥΣ',
  '東京都に住む 𠮷野家',
  'a cloud ☃ of particles 👩‍👩‍👧',
  'tabs\tand\nlines,  and   spaces',
  '1,234.56 (A/B) [MASK] don’t',
  `the smallest of all the animals ${'that live on land and eat grass '.repeat(100)}`,
];
