import { lazy } from 'react'

export { Plot } from './Plot'
export type { Point, Series } from './series'

// The library is 100 kB of compressed script: it is loaded where something is drawn.
export const Lines = lazy(() => import('./Lines'))
export const Columns = lazy(() => import('./Columns'))
