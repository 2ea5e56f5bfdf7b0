/** The dialects that the SQL editor knows, as the connection strings of sources tell them. */
export type Dialect = 'sqlite' | 'mysql' | 'postgresql' | 'standard'

const SIGNS: readonly [Dialect, RegExp][] = [
  ['sqlite', /sqlite/i],
  ['mysql', /mysql|mariadb/i],
  ['postgresql', /postgres|psql/i],
]

/** Return the dialect of a source by its connection string, whose secrets are stars. */
export function dialectOf(connection: string | undefined): Dialect {
  // What follows the scheme or the driver is the place, which may be called anything.
  const driver = /driver\s*=\s*([^;]*)/i.exec(connection ?? '')?.[1]
  const told = driver ?? connection?.split(':', 1)[0] ?? ''
  return SIGNS.find(([, sign]) => sign.test(told))?.[0] ?? 'standard'
}

/** What a schedule's query may name: Disparo sets them for each slot. */
export const BOUND = [':slot', ':window_start', ':window_end', ':last_success'] as const
