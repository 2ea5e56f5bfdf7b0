// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how a connection takes a variable
import { count } from './count'

export const sources = {
  sources: {
    title: 'Sources',
    list: 'Outside databases',
    none: 'No source yet',
    noneDetail:
      'A source is a database that schedules read cases from and write predictions to: an admin adds one here.',
    add: 'Add a source',
    editTitle: (name: string) => `Change ${name}`,
    about: 'About it',
    kind: 'Reached by',
    kinds: { odbc: 'ODBC', sqlalchemy: 'SQLAlchemy' },
    usedBy: 'Used by',
    schedules: (n: number) => (n === 0 ? '' : count(n, 'schedule', 'schedules')),
    unused: 'No schedule uses it.',
    collects: 'collects from it',
    delivers: 'delivers to it',
    declaredIn: 'Declared in',
    connection: 'Connection',
    connectionHint:
      'An SQLAlchemy URL or an ODBC string. ${NAME} takes an environment variable of the service: the best place for a password. It is kept encrypted, and never shown again.',
    connectionKept: 'Left empty, the one that is kept stays. It is shown to nobody.',
    hidden: 'kept encrypted, shown to nobody',
    concurrency: 'Dispatches at once',
    changed: 'Changed',
    removeQuestion: (name: string) => `Remove ${name}?`,
    removeDetail: 'No schedule uses it. What was done with it stays on record.',
    removeUsed: (names: string) =>
      `These schedules use it, and their dispatches will fail: ${names}.`,
    test: 'Test the connection',
    testTitle: 'Is it reached?',
    testHint: 'A test tries each step of a connection and reads one row. Nothing is written.',
    testedIn: (span: string) => `Tested in ${span}.`,
    stages: {
      configuration: 'Configuration',
      driver: 'Driver',
      reach: 'Host',
      logIn: 'Log-in',
      database: 'Database',
      query: 'Query',
    },
    outcomes: { well: 'well', failed: 'failed', untried: 'not tried' },
  },
}
