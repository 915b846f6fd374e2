// jasmine 3.99 carries no types; these are the parts that run-in-bundle.ts uses.
declare module 'jasmine' {
  namespace Jasmine {
    interface Expectation {
      message: string;
      stack: string;
    }
    interface Result {
      id: string;
      fullName: string;
      failedExpectations: Expectation[];
    }
    interface SpecResult extends Result {
      status: 'passed' | 'failed' | 'pending' | 'excluded';
    }
    interface Reporter {
      jasmineStarted?(): void;
      specStarted?(result: SpecResult): void;
      specDone?(result: SpecResult): void;
      suiteDone?(result: Result): void;
    }
    interface Configuration {
      random?: boolean;
      specFilter?(spec: { id: string; getFullName(): string }): boolean;
    }
  }

  class Jasmine {
    exitOnCompletion: boolean;
    readonly env: { configure(configuration: Jasmine.Configuration): void };
    readonly jasmine: { DEFAULT_TIMEOUT_INTERVAL: number };
    clearReporters(): void;
    addReporter(reporter: Jasmine.Reporter): void;
    execute(): Promise<{ failedExpectations: Jasmine.Expectation[] }>;
  }
  export = Jasmine;
}
