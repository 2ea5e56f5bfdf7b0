import type { Catalogue } from '../en'
import { alerts } from './alerts'
import { audit } from './audit'
import { checks } from './checks'
import { dispatches } from './dispatches'
import { models } from './models'
import { monitor } from './monitor'
import { profile } from './profile'
import { schedules } from './schedules'
import { settings } from './settings'
import { shared } from './shared'
import { showroom } from './showroom'
import { sources } from './sources'
import { tokens } from './tokens'
import { users } from './users'

/** All texts in Brazilian Portuguese. */
export const ptBR: Catalogue = {
  ...shared,
  ...monitor,
  ...showroom,
  ...dispatches,
  ...schedules,
  ...models,
  ...alerts,
  ...audit,
  ...checks,
  ...profile,
  ...settings,
  ...sources,
  ...tokens,
  ...users,
}
