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

/** All texts in English. The type of the other catalogues is this one's. */
export const en = {
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

export type Catalogue = typeof en
