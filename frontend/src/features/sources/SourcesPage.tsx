import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Adder } from '@/shared/ui/Adder'
import { IconDatabase } from '@/shared/ui/icons'
import { ListPanel } from '@/shared/ui/ListPanel'
import { Page } from '@/shared/ui/Page'
import { Records } from '@/shared/ui/Records'
import { type Source, sourceQueries } from './queries'
import { SourceForm } from './SourceForm'
import { usesOf } from './usage'

/** The outside databases that schedules read and write. */
export function SourcesPage() {
  const { t } = useText()
  return (
    <Page
      title={t.sources.title}
      side={
        <Adder
          label={t.sources.add}
          as="admin"
          form={(close) => <SourceForm there={undefined} onClose={close} />}
        />
      }
    >
      <ListPanel
        query={useQuery(sourceQueries.all())}
        title={t.sources.list}
        empty={{
          icon: <IconDatabase size={32} />,
          title: t.sources.none,
          detail: t.sources.noneDetail,
        }}
      >
        {(items) => <SourceList sources={items} />}
      </ListPanel>
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
