import type { LinkProps } from '@tanstack/react-router'
import type { Catalogue } from '@/shared/i18n/en'
import { IconBolt, IconCalendar, IconCube, IconPulse, IconSpark } from '@/shared/ui/icons'

export interface PageLink {
  to: NonNullable<LinkProps['to']>
  name: (t: Catalogue) => string
  icon: typeof IconPulse
}

/** The pages, in the order in which they are offered. */
export const PAGES: readonly PageLink[] = [
  { to: '/', name: (t) => t.nav.monitor, icon: IconPulse },
  { to: '/showroom', name: (t) => t.nav.showroom, icon: IconSpark },
  { to: '/dispatches', name: (t) => t.nav.dispatches, icon: IconBolt },
  { to: '/schedules', name: (t) => t.nav.schedules, icon: IconCalendar },
  { to: '/models', name: (t) => t.nav.models, icon: IconCube },
]
