const plural = new Intl.PluralRules('en')

/** Say how many there are of something. */
export const count = (n: number, one: string, other: string): string =>
  `${n.toLocaleString('en')} ${plural.select(n) === 'one' ? one : other}`
