import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf, optionalNumber, optionalText } from '@/shared/search'
import { root } from './root'

const PREDICTION_KINDS = ['all', 'trial', 'replay', 'shadow'] as const

interface ShowroomSearch {
  model?: string
  version?: number
  /** The version whose answers stand beside. */
  compare?: number
  /** The request on record that is shown. */
  record?: string
  /** Which of the recent predictions are listed; live ones where it is left out. */
  list?: (typeof PREDICTION_KINDS)[number]
  by?: number
  label?: string
  told?: 'yes' | 'no'
  text?: string
}

export const showroom = createRoute({
  getParentRoute: () => root,
  path: '/showroom',
  validateSearch: (search: Record<string, unknown>): ShowroomSearch => ({
    model: optionalText(search.model),
    version: optionalNumber(search.version),
    compare: optionalNumber(search.compare),
    record: optionalText(search.record),
    list: oneOf(search.list, PREDICTION_KINDS),
    by: optionalNumber(search.by),
    label: optionalText(search.label),
    told: oneOf(search.told, ['yes', 'no']),
    text: optionalText(search.text),
  }),
  component: lazyRouteComponent(() => import('@/features/showroom/ShowroomPage'), 'ShowroomPage'),
})
