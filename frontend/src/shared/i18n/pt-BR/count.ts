const plural = new Intl.PluralRules('pt-BR')

/** Say how many there are of something. */
export const count = (n: number, one: string, other: string): string =>
  `${n.toLocaleString('pt-BR')} ${plural.select(n) === 'one' ? one : other}`
