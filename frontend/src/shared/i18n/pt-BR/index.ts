import type { Catalogue } from '../en'
import { dispatches } from './dispatches'
import { models } from './models'
import { monitor } from './monitor'
import { schedules } from './schedules'
import { shared } from './shared'
import { showroom } from './showroom'

/** All texts in Brazilian Portuguese. */
export const ptBR: Catalogue = {
  ...shared,
  ...monitor,
  ...showroom,
  ...dispatches,
  ...schedules,
  ...models,
}
