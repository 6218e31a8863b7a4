import { logbackLine } from "./formats.ts";
import type { Scene, ShopRequest } from "./scene.ts";
import { isHerring } from "./timeline.ts";

const FRAUD_LOGGER = "c.s.payment.fraud.FraudScoringClient";
const FRAUD_TRACE = [
  "com.shop.payment.fraud.FraudScoringException: score request to https://score.fraudcheck.example/v2/score failed",
  "\tat com.shop.payment.fraud.FraudScoringClient.score(FraudScoringClient.java:112)",
  "\tat com.shop.payment.fraud.FraudGate.assess(FraudGate.java:58)",
  "\tat com.shop.payment.fraud.FraudGate$$FastClassBySpringCGLIB$$4b1c.invoke(<generated>)",
  "\tat org.springframework.aop.framework.CglibAopProxy.intercept(CglibAopProxy.java:713)",
  "\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)",
  "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
  "Caused by: java.net.SocketTimeoutException: Read timed out",
  "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)",
  "\tat java.base/java.net.Socket$SocketInputStream.read(Socket.java:1099)",
  "\t... 23 more",
].join("\n");

/** Authorises a payment. Returns when payment-service has answered (ms since the epoch), and how. */
export function tellPayment(
  scene: Scene,
  at: number,
  request: ShopRequest,
): { at: number; approved: boolean } {
  const { random } = scene;
  const thread = `http-nio-8080-exec-${random.whole(1, 20)}`;
  const amount = `${random.skewed(9, 480)}.${random.whole(10, 99)}`;
  const write = (when: number, level: "INFO" | "WARN", logger: string, message: string) =>
    scene.write(
      "payment-service",
      when,
      logbackLine(when, level, { logger, thread, requestId: request.id, message }),
    );

  write(at, "INFO", "c.s.payment.api.PaymentController", `Authorizing ${amount} EUR`);
  if (isHerring(at) && random.chance(0.25)) {
    const message = `Fraud scoring failed, falling back to rule engine\n${FRAUD_TRACE}`;
    const line = logbackLine(at + 40, "ERROR", {
      logger: FRAUD_LOGGER,
      thread,
      requestId: request.id,
      message,
    });
    scene.write("payment-service", at + 40, line, "herring");
    write(
      at + 42,
      "INFO",
      "c.s.payment.fraud.RuleEngine",
      `Rule engine score ${random.whole(2, 30)}: accept`,
    );
  } else {
    write(at + 20, "INFO", FRAUD_LOGGER, `Fraud score ${random.whole(1, 30)}: accept`);
  }
  const answered = at + 60 + random.skewed(80, 700);
  const approved = !random.chance(0.035);
  if (approved)
    write(
      answered,
      "INFO",
      "c.s.payment.psp.PspGateway",
      `Authorized ${amount} EUR, auth code ${random.hex(6)}`,
    );
  else write(answered, "WARN", "c.s.payment.psp.PspGateway", "Card declined by issuer: insufficient_funds");
  return { at: answered + 1, approved };
}

/** The nightly re-scoring of settled payments: loud while fraud scoring is down, and of no harm to anybody. */
export function tellRescoring(scene: Scene, at: number): void {
  const { random } = scene;
  const payment = `pay_${random.hex(14)}`;
  const thread = `rescore-${random.whole(1, 8)}`;
  const write = (when: number, level: "INFO" | "ERROR", logger: string, message: string) =>
    scene.write(
      "payment-service",
      when,
      logbackLine(when, level, { logger, thread, message }),
      level === "ERROR" ? "herring" : "usual",
    );
  if (!isHerring(at)) {
    write(at, "INFO", "c.s.payment.fraud.Rescoring", `Rescored ${payment}: ${random.whole(1, 40)}`);
    return;
  }
  write(
    at,
    "ERROR",
    FRAUD_LOGGER,
    `Fraud scoring failed for ${payment}, falling back to rule engine\n${FRAUD_TRACE}`,
  );
  if (random.chance(0.3))
    write(
      at + 2,
      "INFO",
      "c.s.payment.fraud.RuleEngine",
      `Rule engine score ${random.whole(2, 30)} for ${payment}: accept`,
    );
}
