import { Button, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { useSearchChange } from '@/shared/useSearchChange'
import classes from './AuditFilters.module.css'
import type { Filters } from './queries'

const route = getRouteApi('/audit')
const TYPING_MS = 400
const NOUNS = [
  'schedule',
  'dispatch',
  'model',
  'source',
  'check',
  'window',
  'channel',
  'rule',
  'case',
  'user',
  'token',
  'scheduler',
  'request',
  'secrets',
] as const

/** What is looked for; it stands in the address, so that it can be handed on. */
export function AuditFilters({ filters }: { filters: Filters }) {
  const { t } = useText()
  const navigate = route.useNavigate()
  const isFiltered = Object.values(filters).some((one) => one !== undefined)
  const change = useSearchChange<Filters>()
  const choose = (name: keyof Filters) => (value: string | null) =>
    change({ [name]: value?.trim() || undefined })
  return (
    <search className={classes.filters}>
      <Typed label={t.audit.actor} value={filters.actor} onTyped={choose('actor')} />
      <Select
        label={t.audit.noun}
        placeholder={t.common.all}
        data={NOUNS.map((value) => ({ value, label: t.audit.nouns[value] ?? value }))}
        value={filters.noun ?? null}
        clearable
        searchable
        onChange={choose('noun')}
      />
      <Typed label={t.audit.subject} value={filters.subject} onTyped={choose('subject')} />
      <Typed label={t.audit.event} value={filters.name} onTyped={choose('name')} />
      <Typed label={t.audit.address} value={filters.address} onTyped={choose('address')} />
      <Typed label={t.audit.request} value={filters.request} onTyped={choose('request')} />
      <TextInput
        type="date"
        label={t.audit.since}
        value={filters.since ?? ''}
        onChange={(event) => choose('since')(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={t.audit.until}
        value={filters.until ?? ''}
        onChange={(event) => choose('until')(event.currentTarget.value)}
      />
      {isFiltered && (
        <Button variant="subtle" onClick={() => void navigate({ search: {}, replace: true })}>
          {t.audit.clear}
        </Button>
      )}
    </search>
  )
}

interface TypedProps {
  label: string
  value: string | undefined
  onTyped: (value: string) => void
}

/** A field whose text is looked for once one pauses. */
function Typed({ label, value = '', onTyped }: TypedProps) {
  const [text, setText] = useState(value)
  const [known, setKnown] = useState(value)
  const look = useDebouncedCallback((typed: string) => {
    setKnown(typed.trim())
    onTyped(typed)
  }, TYPING_MS)
  // The address changed by another way than this field: it shows what holds.
  if (value !== known) {
    setKnown(value)
    setText(value)
  }
  return (
    <TextInput
      label={label}
      spellCheck={false}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        look(event.currentTarget.value)
      }}
    />
  )
}
