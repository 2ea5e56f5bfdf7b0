import { ActionIcon, Badge, Button, Chip, Menu, TextInput, UnstyledButton } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { CaseReport } from '@/features/models/CaseReport'
import { useText } from '@/shared/i18n'
import { Empty } from '@/shared/ui/Empty'
import { IconDots, IconPlay, IconSearch, IconTag } from '@/shared/ui/icons'
import { type StoredCase, useRunCases } from './cases'
import { fits, tagsOf } from './fits'
import { ImportCases } from './ImportCases'
import { EditCase } from './KeepCase'
import { RemoveCase } from './RemoveCase'
import classes from './StoredCases.module.css'
import type { Case, Version } from './types'

const route = getRouteApi('/showroom')
const MOST_TAGS = 20
const MOST_ROWS = 200

interface Props {
  version: Version
  stored: readonly StoredCase[]
  onPick: (inputs: Case) => void
}

/** The cases that are kept: to pick one, to change it, or to run those that are shown. */
export function StoredCases({ version, stored, onPick }: Props) {
  const { t } = useText()
  const [wanted, setWanted] = useState('')
  const [tags, setTags] = useState<string[]>([])
  const [isImporting, setImporting] = useState(false)
  const [edited, setEdited] = useState<StoredCase | null>(null)
  const [removed, setRemoved] = useState<StoredCase | null>(null)
  const known = tagsOf(stored).slice(0, MOST_TAGS)
  const shown = stored.filter((one) => fits(one, wanted, tags))
  const model = version.model
  return (
    <div className={classes.stored}>
      <Tools
        model={model}
        tags={tags}
        isEmpty={stored.length === 0}
        wanted={wanted}
        onWanted={setWanted}
        onImport={() => setImporting(true)}
      />
      {known.length > 0 && (
        <Chip.Group multiple value={tags} onChange={setTags}>
          <div className={classes.tags}>
            {known.map((tag) => (
              <Chip key={tag} value={tag} size="xs" variant="light">
                {tag}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      )}
      {stored.length === 0 && (
        <Empty
          icon={<IconTag size={32} />}
          title={t.showroom.noCases}
          detail={t.showroom.noCasesDetail}
          command={`disparo cases import --model ${model} cases.csv`}
        />
      )}
      {stored.length > 0 && <Runs model={model} tags={tags} />}
      <ul className={classes.list}>
        {shown.slice(0, MOST_ROWS).map((one) => (
          <Row
            key={one.id}
            stored={one}
            onPick={onPick}
            onEdit={() => setEdited(one)}
            onRemove={() => setRemoved(one)}
          />
        ))}
      </ul>
      {stored.length > 0 && (
        <p className={classes.dim}>
          {t.common.of(String(Math.min(shown.length, MOST_ROWS)), t.showroom.cases(stored.length))}
        </p>
      )}
      <ImportCases model={model} isOpen={isImporting} onClose={() => setImporting(false)} />
      <EditCase version={version} stored={edited} onClose={() => setEdited(null)} />
      <RemoveCase stored={removed} onClose={() => setRemoved(null)} />
    </div>
  )
}

interface ToolsProps {
  model: string
  tags: string[]
  isEmpty: boolean
  wanted: string
  onWanted: (text: string) => void
  onImport: () => void
}

function Tools({ model, tags, isEmpty, wanted, onWanted, onImport }: ToolsProps) {
  const { t } = useText()
  const query = new URLSearchParams([['model', model], ...tags.map((tag) => ['tag', tag])])
  return (
    <div className={classes.tools}>
      {!isEmpty && (
        <TextInput
          className={classes.search}
          leftSection={<IconSearch size={16} />}
          placeholder={t.showroom.searchCases}
          aria-label={t.showroom.searchCases}
          value={wanted}
          onChange={(event) => onWanted(event.currentTarget.value)}
        />
      )}
      <Button variant="default" onClick={onImport}>
        {t.showroom.import}
      </Button>
      {!isEmpty && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default">{t.showroom.export}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {(['csv', 'jsonl'] as const).map((format) => (
              <Menu.Item
                key={format}
                component="a"
                href={`/showroom/cases/export?${query}&format=${format}`}
              >
                {t.showroom.exportAs[format]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  )
}

/** All cases, or those of the tags, answered by the version and the one beside it. */
function Runs({ model, tags }: { model: string; tags: string[] }) {
  const { t } = useText()
  const { version, compare } = route.useSearch()
  const run = useRunCases(model)
  const versions = [version, compare].filter((one) => one !== undefined)
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlay size={16} />}
        loading={run.isPending}
        onClick={() => run.mutate({ versions, tags })}
      >
        {tags.length > 0 ? t.showroom.runTagged(tags.join(', ')) : t.showroom.runCases}
      </Button>
      {run.data && (
        <div className={classes.report}>
          <CaseReport run={run.data} />
        </div>
      )}
    </>
  )
}

interface RowProps {
  stored: StoredCase
  onPick: (inputs: Case) => void
  onEdit: () => void
  onRemove: () => void
}

function Row({ stored, onPick, onEdit, onRemove }: RowProps) {
  const { t } = useText()
  return (
    <li className={classes.row}>
      <UnstyledButton className={classes.case} onClick={() => onPick(stored.inputs as Case)}>
        <span className={classes.title}>{stored.title || `#${stored.id}`}</span>
        {stored.expected !== null && stored.expected !== undefined && (
          <span className={classes.dim}>{t.showroom.expected(String(stored.expected))}</span>
        )}
        {stored.tags?.map((tag) => (
          <Badge key={tag} size="sm" variant="default" tt="none">
            {tag}
          </Badge>
        ))}
      </UnstyledButton>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t.showroom.caseActions(stored.title || `#${stored.id}`)}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onEdit}>{t.showroom.editCase}</Menu.Item>
          <Menu.Item color="red" onClick={onRemove}>
            {t.showroom.removeCase}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  )
}
