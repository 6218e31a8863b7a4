/** What a question has to do with alarms. */
export interface AlarmWords {
  /** The word is in it, as a noun of its own. */
  readonly isMentioned: boolean;
  /** Alarms themselves are asked about, and not what happened around one. */
  readonly isQuestion: boolean;
  /** A quoted text that names an alarm, and is nothing to look for in the logs. */
  readonly quotedName: string | undefined;
}

export const NO_ALARM_WORDS: AlarmWords = { isMentioned: false, isQuestion: false, quotedName: undefined };

/** The noun: an `alarm-handler`, the `alarm service` and `alarm logs` are something else. */
const ALARM =
  /(?<![\w./:@-])(?:alarms?|alerts?)(?![\w/:@-]|\.\w)(?!\s+(?:service|server|handler|lambda|function|processor|notifier|manager|job|api|app|worker|pod|container|daemon|logs?|group|stream|lines?|messages?|events?|entries|errors?|exceptions?)\b)/i;

/** How a question for alarms begins. */
const ASKS =
  /^\W*(?:(?:please|hi|hey|hello|can you|could you|so|and)\W{1,3}){0,3}(?:any|which|what(?:'?s)?|list|show|are|is|did|does|do|has|have|had|how many|when|tell|describe|explain|give|get|status|current|all|the|firing|active|open|alarms|alerts)\b/i;

/** Words of questions that logs answer, with alarms as a lead at most. */
const OTHER =
  /\b(?:why|log(?:s|ged)?|lines?|entries|events?|errors?|exceptions?|fail\w*|crash\w*|slow\w*|latenc\w+|happen\w*|wrong|going on|up with|issues?|problems?|incidents?|outages?|cause[sd]?|causing|reason|investigate|troubleshoot|debug|diagnose|related|impact\w*|affect\w*|compar\w+|versus|warn\w*|grep|search|look(?:ing)? (?:for|into)|contain\w*|mention\w*|should|fix)\b/i;
/** What lies around an alarm is not the alarm. */
const AROUND =
  /\b(?:before|around|during|after|when|while|since)\s+(?:the|this|that|an?)\s+(?:\S{1,60}\s+)?al(?:arm|ert)/i;

const QUOTED_NAME =
  /(?:\bal(?:arm|ert)(?:\s+(?:named|called))?\s+['"`“‘]([^'"`”’\n]{2,255})['"`”’])|(?:['"`“‘]([^'"`”’\n]{2,255})['"`”’]\s+al(?:arm|ert)\b)/i;
/** Names of services and of alarms (`auth-errors`, `Shop/Errors`), which tell nothing about what is asked. */
const NAMES = /['"`“‘][^'"`”’\n]{2,255}['"`”’]|\b\w{1,100}(?:[-_/.:]\w{1,100}){1,20}/g;

export function readAlarmWords(question: string): AlarmWords {
  if (!ALARM.test(question)) return NO_ALARM_WORDS;
  const quoted = QUOTED_NAME.exec(question);
  const words = question.replaceAll(NAMES, " ");
  return {
    isMentioned: true,
    isQuestion: ASKS.test(question) && !OTHER.test(words) && !AROUND.test(words),
    quotedName: quoted?.[1] ?? quoted?.[2],
  };
}
