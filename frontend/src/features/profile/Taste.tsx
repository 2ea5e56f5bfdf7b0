import { Input, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { LANGUAGES, type Language, useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import classes from './ProfilePage.module.css'

const SCHEMES = ['light', 'dark', 'auto'] as const

/** Language and colours, which this browser keeps. */
export function Taste() {
  const { t, language, setLanguage } = useText()
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  return (
    <Panel title={t.nav.preferences}>
      <div className={classes.taste}>
        <Input.Wrapper label={t.nav.language} labelElement="div">
          <SegmentedControl
            fullWidth
            aria-label={t.nav.language}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
            value={language}
            onChange={(value) => setLanguage(value as Language)}
          />
        </Input.Wrapper>
        <Input.Wrapper label={t.nav.theme} labelElement="div">
          <SegmentedControl
            fullWidth
            aria-label={t.nav.theme}
            data={SCHEMES.map((value) => ({ value, label: t.nav[value] }))}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as (typeof SCHEMES)[number])}
          />
        </Input.Wrapper>
      </div>
    </Panel>
  )
}
