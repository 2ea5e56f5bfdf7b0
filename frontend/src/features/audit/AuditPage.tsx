import { Button, Menu } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { Empty } from '@/shared/ui/Empty'
import { IconDownload, IconScroll } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { MorePages } from '@/shared/ui/MorePages'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { AuditFilters } from './AuditFilters'
import classes from './AuditPage.module.css'
import { EntryRow } from './EntryRow'
import { auditQueries, exportAddress, type Filters } from './queries'

const route = getRouteApi('/audit')

/** Who did what, whence; and who was refused. */
export function AuditPage() {
  const { t } = useText()
  return (
    <ForRole as="admin" title={t.audit.title}>
      <Shown />
    </ForRole>
  )
}

function Shown() {
  const { t } = useText()
  const filters = route.useSearch()
  const entries = useInfiniteQuery(auditQueries.list(filters))
  return (
    <Page title={t.audit.title} side={<Export filters={filters} />}>
      <AuditFilters filters={filters} />
      <Loaded query={entries} height={400}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items)
          return (
            <Panel title={t.audit.list} flush>
              {items.length === 0 && !entries.hasNextPage && (
                <Empty icon={<IconScroll size={32} />} title={t.audit.none} />
              )}
              <ul className={classes.list}>
                {items.map((entry) => (
                  <EntryRow key={entry.id} entry={entry} />
                ))}
              </ul>
              <MorePages query={entries} />
            </Panel>
          )
        }}
      </Loaded>
    </Page>
  )
}

function Export({ filters }: { filters: Filters }) {
  const { t } = useText()
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          {t.audit.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={exportAddress(filters, 'csv')}>
          CSV
        </Menu.Item>
        <Menu.Item component="a" href={exportAddress(filters, 'jsonl')}>
          {t.audit.jsonl}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
