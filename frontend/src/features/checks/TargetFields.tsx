import { NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import type { PartProps } from './CheckForm'
import classes from './CheckForm.module.css'
import type { Draft } from './draft'
import { checkQueries } from './queries'

const METHODS: Draft['method'][] = ['GET', 'HEAD', 'POST', 'OPTIONS']

/** What a check looks at: a port, a database, or a URL. */
export function TargetFields(props: PartProps) {
  switch (props.draft.kind) {
    case 'host':
      return <HostFields {...props} />
    case 'database':
      return <DatabaseFields {...props} />
    case 'http':
      return <UrlFields {...props} />
    default:
      return null
  }
}

function HostFields({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <>
      <TextInput
        label={t.checks.address}
        description={t.checks.addressHint}
        required
        spellCheck={false}
        value={draft.address}
        onChange={(event) => change({ address: event.currentTarget.value })}
      />
      <NumberInput
        label={t.checks.port}
        description={t.checks.portHint}
        min={1}
        max={65_535}
        allowDecimal={false}
        required
        value={draft.port}
        onChange={(value) => change({ port: Number(value) })}
      />
    </>
  )
}

function DatabaseFields({ draft, change }: PartProps) {
  const { t } = useText()
  const { data } = useQuery(checkQueries.sources())
  return (
    <>
      <Select
        label={t.dispatches.from}
        description={t.checks.sourceHint}
        required
        searchable
        data={(data?.items ?? []).map(({ name }) => name)}
        value={draft.source || null}
        onChange={(value) => change({ source: value ?? '' })}
      />
      <TextInput
        label={t.schedules.table}
        description={t.checks.tableHint}
        spellCheck={false}
        value={draft.table}
        onChange={(event) => change({ table: event.currentTarget.value })}
      />
    </>
  )
}

function UrlFields({ draft, change }: PartProps) {
  const { t } = useText()
  return (
    <>
      <TextInput
        className={classes.wide}
        label="URL"
        type="url"
        required
        spellCheck={false}
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value })}
      />
      <Select
        label={t.checks.method}
        data={METHODS}
        allowDeselect={false}
        value={draft.method}
        onChange={(value) => change({ method: (value ?? 'GET') as Draft['method'] })}
      />
      <NumberInput
        label={t.checks.status}
        placeholder="200–299"
        min={100}
        max={599}
        allowDecimal={false}
        value={draft.status ?? ''}
        onChange={(value) => change({ status: value === '' ? null : Number(value) })}
      />
      <TextInput
        label={t.checks.contains}
        value={draft.contains}
        onChange={(event) => change({ contains: event.currentTarget.value })}
      />
      <NumberInput
        label={t.checks.redirects}
        min={0}
        max={20}
        allowDecimal={false}
        value={draft.redirects}
        onChange={(value) => change({ redirects: Number(value) })}
      />
      <NumberInput
        label={t.checks.certificate}
        min={0}
        allowDecimal={false}
        value={draft.certificateDays}
        onChange={(value) => change({ certificateDays: Number(value) })}
      />
    </>
  )
}
