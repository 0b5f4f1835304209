// Statements that were run or kept, in this browser.

/** Statements that were run are kept up to this many. */
const MOST = 30;

class Statements {
  constructor(
    private readonly key: string,
    private readonly most: number,
  ) {}

  all(): string[] {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(this.key) ?? '[]');
      return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : [];
    } catch {
      return [];
    }
  }

  /** Puts it first. */
  add(statement: string): void {
    const others = this.all().filter((one) => one !== statement);
    this.write([statement, ...others].slice(0, this.most));
  }

  remove(statement: string): void {
    this.write(this.all().filter((one) => one !== statement));
  }

  private write(statements: string[]): void {
    try {
      localStorage.setItem(this.key, JSON.stringify(statements));
    } catch {
      // Without room in the browser nothing is kept, and all else goes on.
    }
  }
}

export const recentStatements = new Statements('dataweaver.sql.recent', MOST);
export const savedStatements = new Statements('dataweaver.sql.saved', 200);
