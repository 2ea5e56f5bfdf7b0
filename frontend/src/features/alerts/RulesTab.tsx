import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { IconBell, IconPlus } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import classes from './AlertsPage.module.css'
import { alertQueries, type Rule, type RuleOverview, useRemoveRule } from './queries'
import { RowActions } from './RowActions'
import { RuleForm } from './RuleForm'

/** Who is told of what. */
export function RulesTab() {
  const { t } = useText()
  const [isAdding, setAdding] = useState(false)
  const rules = useQuery(alertQueries.rules())
  const add = (
    <May as="operator">
      <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
        {t.alerts.newRule}
      </Button>
    </May>
  )
  return (
    <Loaded query={rules}>
      {({ items }) => (
        <Panel title={t.alerts.rulesTitle} side={add} flush>
          {items.length > 0 ? (
            <RuleList rules={items} />
          ) : (
            <Empty
              icon={<IconBell size={32} />}
              title={t.alerts.noRules}
              detail={t.alerts.noRulesDetail}
            />
          )}
          {isAdding && <RuleForm there={undefined} onClose={() => setAdding(false)} />}
        </Panel>
      )}
    </Loaded>
  )
}

function RuleList({ rules }: { rules: readonly RuleOverview[] }) {
  const { t, took } = useText()
  return (
    <Records
      label={t.alerts.tabs.rules}
      items={rules}
      keyOf={(rule) => rule.name}
      title={{ name: t.common.name, cell: (rule) => <Named rule={rule} /> }}
      columns={[
        { name: t.alerts.covers, cell: ({ spec }) => spec && <Covers rule={spec} /> },
        {
          name: t.alerts.states,
          cell: ({ spec }) => spec?.states.map((one) => t.states[one]).join(', '),
        },
        { name: t.alerts.toldAt, cell: ({ spec }) => spec?.channels.join(', ') },
        {
          name: t.alerts.reminder,
          cell: ({ spec }) => spec?.reminder && t.monitor.every(took(spec.reminder)),
        },
      ]}
      actions={(rule) => <Actions rule={rule} />}
    />
  )
}

function Named({ rule: { name, spec, fault } }: { rule: RuleOverview }) {
  return (
    <span className={classes.lines}>
      {name}
      <span className={classes.dim}>{fault ?? spec?.description}</span>
    </span>
  )
}

function Covers({ rule }: { rule: Rule }) {
  const { t } = useText()
  const parts = [
    [t.alerts.checks, rule.checks],
    [t.alerts.schedules, rule.schedules],
    [t.alerts.models, rule.models],
  ] as const
  return (
    <span className={classes.lines}>
      {parts
        .filter(([, patterns]) => patterns.length > 0)
        .map(([name, patterns]) => (
          <span key={name}>
            <span className={classes.dim}>{name}:</span> {patterns.join(', ')}
          </span>
        ))}
    </span>
  )
}

function Actions({ rule }: { rule: RuleOverview }) {
  const { t } = useText()
  return (
    <RowActions
      name={rule.name}
      as="operator"
      file={rule.declared_in}
      detail={t.alerts.removeRule}
      form={(close) => <RuleForm there={rule} onClose={close} />}
      remove={useRemoveRule(rule)}
    />
  )
}
