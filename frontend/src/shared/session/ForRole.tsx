import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useText } from '@/shared/i18n'
import { Empty } from '@/shared/ui/Empty'
import { IconLock } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { type Role, sessionQuery, useMay } from './session'

interface Props {
  as: Role
  title: string
  children: ReactNode
}

/** A page for some alone: others are told whom to ask, and nothing is asked of the service. */
export function ForRole({ as: needed, title, children }: Props) {
  const { t } = useText()
  const may = useMay(needed)
  const { isPending } = useQuery(sessionQuery)
  if (may) return children
  return (
    <Page title={title}>
      {!isPending && (
        <Empty
          icon={<IconLock size={32} />}
          title={t.session.notForYou(t.roles[needed])}
          detail={t.session.askAdmin}
        />
      )}
    </Page>
  )
}
