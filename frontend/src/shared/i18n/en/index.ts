import { dispatches } from './dispatches'
import { models } from './models'
import { monitor } from './monitor'
import { schedules } from './schedules'
import { shared } from './shared'
import { showroom } from './showroom'

/** All texts in English. The type of the other catalogues is this one's. */
export const en = { ...shared, ...monitor, ...showroom, ...dispatches, ...schedules, ...models }

export type Catalogue = typeof en
