import { expect, it } from 'vitest'
import { dialectOf } from './sql'

it('tells the dialect by the scheme or the driver, and by nothing else', () => {
  expect(dialectOf('sqlite:////srv/postgres.db')).toBe('sqlite')
  expect(dialectOf('mysql+pymysql://u:***@db/sales')).toBe('mysql')
  expect(dialectOf('postgresql+psycopg://u@db/sqlite')).toBe('postgresql')
  expect(dialectOf('Driver=MariaDB Unicode;Server=db;Database=sqlite')).toBe('mysql')
  expect(dialectOf('DSN=warehouse')).toBe('standard')
  expect(dialectOf(undefined)).toBe('standard')
})
