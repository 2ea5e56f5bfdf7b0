import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { IconDatabase, IconPlus } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import { type Source, sourceQueries } from './queries'
import { SourceForm } from './SourceForm'
import { usesOf } from './usage'

/** The outside databases that schedules read and write. */
export function SourcesPage() {
  const { t } = useText()
  const [isAdding, setAdding] = useState(false)
  const sources = useQuery(sourceQueries.all())
  const add = (
    <May as="admin">
      <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
        {t.sources.add}
      </Button>
    </May>
  )
  return (
    <Page title={t.sources.title} side={add}>
      <Loaded query={sources}>
        {({ items }) => (
          <Panel title={t.sources.list} flush>
            {items.length > 0 ? (
              <SourceList sources={items} />
            ) : (
              <Empty
                icon={<IconDatabase size={32} />}
                title={t.sources.none}
                detail={t.sources.noneDetail}
              />
            )}
          </Panel>
        )}
      </Loaded>
      {isAdding && <SourceForm there={undefined} onClose={() => setAdding(false)} />}
    </Page>
  )
}

function SourceList({ sources }: { sources: readonly Source[] }) {
  const { t } = useText()
  const schedules = useQuery(sourceQueries.schedules())
  return (
    <Records
      label={t.sources.title}
      items={sources}
      keyOf={(source) => source.name}
      title={{
        name: t.common.name,
        cell: ({ name }) => (
          <Link to="/sources/$name" params={{ name }}>
            {name}
          </Link>
        ),
      }}
      columns={[
        { name: t.sources.kind, cell: (source) => t.sources.kinds[source.kind] },
        { name: t.common.description, cell: (source) => source.description },
        {
          name: t.sources.usedBy,
          cell: ({ name }) => t.sources.schedules(usesOf(name, schedules.data?.items ?? []).length),
        },
        { name: t.sources.declaredIn, cell: (source) => source.declared_in },
      ]}
    />
  )
}
