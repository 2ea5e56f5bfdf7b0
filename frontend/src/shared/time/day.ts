/** Return a day's midnight by the browser's clock, some days later; nothing for what is no day. */
export function midnight(day: string | undefined, later = 0): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '')
  if (parts === null) return undefined
  const [, year, month, date] = parts.map(Number)
  return new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later).toISOString()
}
